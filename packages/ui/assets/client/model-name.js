/** The name that the settings ask for, else the other one. */
export function modelNameOf(item, nameDisplay) {
  const [first, second] =
    nameDisplay === 'file_name' ? [item.file_name, item.model_name] : [item.model_name, item.file_name];
  return first || second || '';
}
