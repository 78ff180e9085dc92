/** Reads the shapes of the tokens: a path, or `circle cx cy r stroke w`, or `rect x y w h rR stroke W dash A B`. */

export type Shape =
  | { kind: 'path'; d: string }
  | { kind: 'circle'; cx: number; cy: number; r: number; stroke: number }
  | { kind: 'rect'; x: number; y: number; w: number; h: number; r: number; stroke: number; dash: string }

/** The shapes of one glyph; ` + ` stands between them. */
export function shapesOf(text: string): Shape[] {
  return text.split(' + ').map((part): Shape => {
    const numbers = (part.match(/-?\d*\.?\d+/g) ?? []).map(Number)
    const at = (index: number): number => numbers[index] ?? 0
    if (part.startsWith('circle')) return { kind: 'circle', cx: at(0), cy: at(1), r: at(2), stroke: at(3) }
    if (part.startsWith('rect'))
      return {
        kind: 'rect',
        x: at(0),
        y: at(1),
        w: at(2),
        h: at(3),
        r: at(4),
        stroke: at(5),
        dash: `${at(6)} ${at(7)}`,
      }
    return { kind: 'path', d: part }
  })
}
