import ts from 'typescript';

/** How many lines of a TypeScript source hold code: not blank, and not only a comment. */
export function countCodeLines(text: string): number {
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, false);
  const lines = new Set<number>();
  const markLines = (start: number, end: number) => {
    const last = file.getLineAndCharacterOfPosition(end).line;
    for (let line = file.getLineAndCharacterOfPosition(start).line; line <= last; line++) lines.add(line);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(file);
    if (children.length === 0 && node.getWidth(file) > 0) markLines(node.getStart(file), node.getEnd());
    else children.forEach(visit);
  };
  visit(file);
  return lines.size;
}
