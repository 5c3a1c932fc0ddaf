// A camera that orbits around a model: angles in degrees as in `voxel_model.py` (azimuth 0 looks at
// the front, positive toward +x; elevation upward), and a zoom that multiplies the model's size.
const VIEW_ANGLE = 30; // degrees, vertical: little perspective, as in a catalogue
const FILL = 0.72; // share of the frame that the model fills in its wider direction
const MIN_FILL = 0.5, MAX_EDGE = 0.95; // beyond these a changed model is fitted anew
const FIT_ROUNDS = 4; // the distance changes the perspective, so that it is found in steps
const MAX_ELEVATION = 89, MIN_ELEVATION = -60, MIN_ZOOM = 0.4, MAX_ZOOM = 8;
const RADIANS = Math.PI / 180, SLOPE = Math.tan((VIEW_ANGLE / 2) * RADIANS);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

class Orbit {
  constructor() {
    Object.assign(this, { azimuth: 30, elevation: 20, zoom: 1, shift: [0, 0] });
    Object.assign(this, { positions: [], distance: 0, target: [0, 0, 0], aspect: 0 });
    this.fitted = { azimuth: 30, elevation: 20 }; // the view whose frame the model fills
  }

  // Looks from a direction with the whole model in the frame.
  set({ azimuth, elevation }) {
    Object.assign(this, { azimuth, elevation, zoom: 1, shift: [0, 0], aspect: 0 });
    this.fitted = { azimuth, elevation };
  }

  // Keeps the direction, and the distance unless a changed model does not fit the frame of a view.
  // A distance that the visitor chose stays.
  hold({ azimuth, elevation }) {
    if (!this.aspect || this.zoom !== 1 || this.shift.some(Boolean)) return;
    const axes = this.axes({ azimuth, elevation });
    const center = axes.map((axis) => dot(axis, this.target));
    const { low, high } = frameOf(this.along(axes), center, this.distance, this.aspect);
    const size = Math.max(high[0] - low[0], high[1] - low[1]) / 2;
    const isInside = Math.max(-low[0], -low[1], high[0], high[1]) <= MAX_EDGE;
    if (!isInside || size < MIN_FILL) {
      Object.assign(this, { fitted: { azimuth, elevation }, aspect: 0 });
    }
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
  axes({ azimuth, elevation } = this) {
    const a = azimuth * RADIANS, e = elevation * RADIANS;
    return [
      [Math.cos(a), 0, -Math.sin(a)],
      [-Math.sin(a) * Math.sin(e), Math.cos(e), -Math.cos(a) * Math.sin(e)],
      [Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e)],
    ];
  }

  // The model's vertices in the camera's axes: x, y, z one after another.
  along([right, up, back]) {
    const from = this.positions, points = new Float32Array(from.length);
    for (let i = 0; i < from.length; i += 3) {
      const x = from[i], y = from[i + 1], z = from[i + 2];
      points[i] = right[0] * x + right[1] * y + right[2] * z;
      points[i + 1] = up[0] * x + up[1] * y + up[2] * z;
      points[i + 2] = back[0] * x + back[1] * y + back[2] * z;
    }
    return points;
  }

  // Finds distance and target at which the model fills its share of the frame.
  fit(aspect) {
    this.aspect = aspect;
    const axes = this.axes(this.fitted), points = this.along(axes);
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
  let left = Infinity, bottom = Infinity, right = -Infinity, top = -Infinity;
  for (let i = 0; i < points.length; i += 3) {
    const size = (distance - points[i + 2] + center[2]) * SLOPE;
    const x = (points[i] - center[0]) / size, y = (points[i + 1] - center[1]) / size;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  return { low: [left / aspect, bottom], high: [right / aspect, top] };
}
