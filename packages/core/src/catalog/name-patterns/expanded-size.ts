const COUNTED = /^\{(\d+)(?:,(\d*))?\}/;

/**
 * About how many single elements a regular expression has when its counted repetitions are written out, `a{3}(bc){2}` having 7:
 * roughly what compiling it takes, worked out without compiling it. Infinite where quoted text hides the groups.
 */
export function expandedSize(expression: string): number {
  if (expression.includes('\\Q')) return Infinity;
  // The size of every group that is open, the whole expression first, and of the element a repetition would repeat.
  const groups = [0];
  let element = 0;
  const add = (size: number): void => {
    groups.push((groups.pop() ?? 0) + size);
  };
  for (let at = 0; at < expression.length;) {
    const char = expression.charAt(at);
    const counted = char === '{' ? COUNTED.exec(expression.slice(at)) : null;
    if (counted !== null) {
      const more = element * (Math.max(1, Number(counted[1]), Number(counted[2] ?? 0)) - 1);
      add(more);
      element += more;
      at += counted[0].length;
    } else if (char === '(') {
      groups.push(0);
      at++;
    } else {
      element = char === ')' && groups.length > 1 ? Math.max(1, groups.pop() ?? 0) : 1;
      add(element);
      at = char === '[' ? endOfClass(expression, at) : at + (char === '\\' ? 2 : 1);
    }
  }
  return groups.reduce((sum, size) => sum + size, 0);
}

function endOfClass(expression: string, start: number): number {
  // A bracket that comes first stands for itself.
  let at = start + (expression.charAt(start + 1) === '^' ? 3 : 2);
  if (expression.startsWith('[:', at - 1)) at--;
  while (at < expression.length && expression.charAt(at) !== ']') {
    const named = expression.startsWith('[:', at) ? expression.indexOf(':]', at) : -1;
    at = named === -1 ? at + (expression.charAt(at) === '\\' ? 2 : 1) : named + 2;
  }
  return at + 1;
}
