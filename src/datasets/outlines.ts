// The ten outlines of the shapes data set: functions that tell if a point is inside. All lie within the unit disc and
// have areas of similar size. Constants are written out in place of trigonometric functions, so that every machine
// draws the same pixels.

/** Outline of a shape: true for points (x, y) inside it. It is defined within the unit disc. */
export type Outline = (x: number, y: number) => boolean;

type Point = readonly [number, number];

/** Outline of a polygon. The crossing-number test tells if a point is inside. */
function polygon(points: readonly Point[]): Outline {
  return (x, y) => {
    let inside = false;
    points.forEach(([x1, y1], i) => {
      const [x2, y2] = points[(i + 1) % points.length] as Point;
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) inside = !inside;
    });
    return inside;
  };
}

const box =
  (x1: number, y1: number, x2: number, y2: number): Outline =>
  (x, y) =>
    x >= x1 && x <= x2 && y >= y1 && y <= y2;

const disc =
  (radius: number, cx = 0, cy = 0): Outline =>
  (x, y) =>
    (x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius;

const union =
  (...parts: readonly Outline[]): Outline =>
  (x, y) =>
    parts.some((part) => part(x, y));

const without =
  (whole: Outline, part: Outline): Outline =>
  (x, y) =>
    whole(x, y) && !part(x, y);

/** Star with five tips on the unit circle and five inner corners at radius `inner`. */
function star(inner: number): Outline {
  const outer: readonly Point[] = [
    [0, 1],
    [0.9510565, 0.309017],
    [0.5877853, -0.809017],
    [-0.5877853, -0.809017],
    [-0.9510565, 0.309017],
  ];
  return polygon(outer.flatMap((tip, i) => [tip, scaled(outer[(i + 3) % 5] as Point, -inner)]));
}

function scaled([x, y]: Point, by: number): Point {
  return [x * by, y * by];
}

export const outlines: Readonly<Record<string, Outline>> = {
  disc: disc(0.9),
  ring: without(disc(1), disc(0.58)),
  square: box(-0.7, -0.7, 0.7, 0.7),
  frame: without(box(-0.7071, -0.7071, 0.7071, 0.7071), box(-0.4, -0.4, 0.4, 0.4)),
  triangle: polygon([
    [0, 1],
    [0.8660254, -0.5],
    [-0.8660254, -0.5],
  ]),
  cross: union(box(-0.95, -0.28, 0.95, 0.28), box(-0.28, -0.95, 0.28, 0.95)),
  star: star(0.42),
  crescent: without(disc(1), disc(0.8, 0.5, 0)),
  bar: box(-0.96, -0.24, 0.96, 0.24),
  angle: union(box(-0.65, -0.7, -0.15, 0.75), box(-0.65, -0.7, 0.7, -0.2)),
};

export const shapeClasses: readonly string[] = Object.keys(outlines);
