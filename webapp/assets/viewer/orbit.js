// A camera that orbits around a model: angles in degrees as in `voxel_model.py` (azimuth 0 looks at
// the front, positive toward +x; elevation upward), and a zoom that multiplies the model's size.
const VIEW_ANGLE = 30; // degrees, vertical: little perspective, as in a catalogue
const FILL = 0.72; // share of the frame that the model fills in its wider direction
const FIT_ROUNDS = 4; // the distance changes the perspective, so that it is found in steps
const MAX_ELEVATION = 89, MIN_ELEVATION = -60, MIN_ZOOM = 0.4, MAX_ZOOM = 8;
const RADIANS = Math.PI / 180, SLOPE = Math.tan((VIEW_ANGLE / 2) * RADIANS);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

class Orbit {
  constructor() {
    Object.assign(this, { azimuth: 30, elevation: 20, zoom: 1, shift: [0, 0] });
    Object.assign(this, { positions: [], distance: 0, target: [0, 0, 0], aspect: 0 });
  }

  // Looks from a direction with the whole model in the frame.
  set({ azimuth, elevation }) {
    Object.assign(this, { azimuth, elevation, zoom: 1, shift: [0, 0], aspect: 0 });
  }

  turn(right, up) {
    this.azimuth = (this.azimuth - right) % 360;
    this.elevation = clamp(this.elevation + up, MIN_ELEVATION, MAX_ELEVATION);
  }

  scale(factor) {
    this.zoom = clamp(this.zoom * factor, MIN_ZOOM, MAX_ZOOM);
  }

  // Moves the model by shares of the frame's height.
  pan(right, down) {
    this.shift = [this.shift[0] + right, this.shift[1] - down];
  }

  // Rows right, up and back of the camera, in the model's frame.
  axes() {
    const a = this.azimuth * RADIANS, e = this.elevation * RADIANS;
    return [
      [Math.cos(a), 0, -Math.sin(a)],
      [-Math.sin(a) * Math.sin(e), Math.cos(e), -Math.cos(a) * Math.sin(e)],
      [Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e)],
    ];
  }

  // Finds distance and target at which the model fills its share of the frame.
  fit(aspect) {
    this.aspect = aspect;
    const axes = this.axes(), points = [];
    for (let i = 0; i < this.positions.length; i += 3) {
      const position = this.positions.subarray(i, i + 3);
      points.push(axes.map((axis) => dot(axis, position)));
    }
    let distance = 4, center = [0, 0.5, 0]; // in the camera's axes
    for (let round = 0; round < FIT_ROUNDS; round++) {
      const { low, high } = frameOf(points, center, distance, aspect);
      for (const k of [0, 1]) {
        center[k] += ((low[k] + high[k]) / 2) * distance * SLOPE * (k ? 1 : aspect);
      }
      distance *= Math.max(high[0] - low[0], high[1] - low[1]) / 2 / FILL;
    }
    this.distance = distance;
    this.target = [0, 1, 2].map((k) => dot(center, axes.map((axis) => axis[k])));
  }

  // The view matrix for a frame of this aspect (width by height), column by column.
  matrix(aspect) {
    if (aspect !== this.aspect) this.fit(aspect);
    const away = this.distance / this.zoom, near = Math.max(away - 3, 0.01), far = away + 4;
    const rows = this.axes().map((axis) => [...axis, -dot(axis, this.target)]);
    rows[2][3] -= away;
    const depth = -(far + near) / (far - near), offset = (-2 * far * near) / (far - near);
    const [right, up] = [(2 * this.shift[0]) / aspect, 2 * this.shift[1]];
    const matrix = new Float32Array(16);
    for (let k = 0; k < 4; k++) {
      const [x, y, z] = rows.map((row) => row[k]);
      matrix.set([
        x / (SLOPE * aspect) - right * z, y / SLOPE - up * z, depth * z + (k === 3 ? offset : 0), -z,
      ], 4 * k);
    }
    return matrix;
  }
}

// The lowest and highest place of points (in the camera's axes) in the frame, from -1 to 1.
function frameOf(points, center, distance, aspect) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const [x, y, z] of points) {
    const size = (distance - z + center[2]) * SLOPE;
    const at = [(x - center[0]) / size / aspect, (y - center[1]) / size];
    for (const k of [0, 1]) {
      low[k] = Math.min(low[k], at[k]);
      high[k] = Math.max(high[k], at[k]);
    }
  }
  return { low, high };
}
