// Draws meshes of `readGlb` on a canvas with WebGL: their colours times their texture, without any
// light, and on request the edges of the faces. A mesh with four colour channels is a shadow on the
// floor: it is blended over the page's background, and not drawn from below.
const VERTEX_SHADER = `#version 300 es
uniform mat4 view;
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 color;
layout(location = 2) in vec2 coordinates;
out vec4 light;
out vec2 place;
void main() { light = color; place = coordinates; gl_Position = view * vec4(position, 1.0); }`;
const FRAGMENT_SHADER = `#version 300 es
precision highp float;
uniform float edges; // 1: one dark colour in place of the vertex colours
uniform bool textured; // without a GPU, reading a texture takes two fifths of a frame
uniform sampler2D picture;
in vec4 light;
in vec2 place;
out vec4 pixel;
void main() {
  vec3 linear = light.rgb;
  if (textured) linear *= texture(picture, place).rgb;
  linear = clamp(linear, 0.0, 1.0);
  vec3 srgb = mix(12.92 * linear, 1.055 * pow(linear, vec3(1.0 / 2.4)) - 0.055,
    step(0.0031308, linear));
  pixel = edges > 0.5 ? vec4(0.08, 0.2, 0.19, 1.0) : vec4(srgb * light.a, light.a);
}`;
const MAX_PIXEL_RATIO = 2; // of the canvas to the page; more is not seen

class Scene {
  constructor(canvas) {
    this.canvas = canvas;
    this.meshes = [];
    this.wireframe = false;
    this.gl = canvas.getContext("webgl2", { antialias: true, premultipliedAlpha: true });
    if (!this.gl) throw Error("no WebGL");
    this.prepare();
  }

  // Compiles the shaders; again after the browser took the context away.
  prepare() {
    const gl = this.gl, program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX_SHADER], [gl.FRAGMENT_SHADER, FRAGMENT_SHADER],
    ]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.view = gl.getUniformLocation(program, "view");
    this.edges = gl.getUniformLocation(program, "edges");
    this.textured = gl.getUniformLocation(program, "textured");
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  // Replaces the meshes.
  show(meshes) {
    this.meshes.forEach((item) => this.remove(item));
    this.meshes = meshes.map((mesh) => this.upload(mesh));
  }

  // Replaces the model; its shadow stays.
  preview(mesh) {
    this.remove(this.meshes[0]);
    this.meshes[0] = this.upload(mesh);
  }

  remove({ arrays, buffers, texture }) {
    this.gl.deleteVertexArray(arrays);
    this.gl.deleteTexture(texture);
    for (const buffer of buffers) this.gl.deleteBuffer(buffer);
  }

  // Uploads a picture in sRGB, with smaller copies.
  texture(picture) {
    const gl = this.gl, texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.SRGB8_ALPHA8, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    gl.generateMipmap(gl.TEXTURE_2D);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
      gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    }
    return texture;
  }

  upload(mesh) {
    const gl = this.gl, arrays = gl.createVertexArray(), buffers = [];
    const fill = (target, data) => {
      buffers.push(gl.createBuffer());
      gl.bindBuffer(target, buffers.at(-1));
      gl.bufferData(target, data, gl.STATIC_DRAW);
    };
    gl.bindVertexArray(arrays);
    const attributes = [[0, mesh.positions, 3], [1, mesh.colors, mesh.channels]];
    if (mesh.picture) attributes.push([2, mesh.coordinates, 2]);
    for (const [place, data, size] of attributes) {
      fill(gl.ARRAY_BUFFER, data);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
    }
    fill(gl.ELEMENT_ARRAY_BUFFER, mesh.indices);
    gl.bindVertexArray(null);
    const texture = mesh.picture ? this.texture(mesh.picture) : null;
    return { arrays, buffers, texture, mesh, count: mesh.indices.length, lines: null };
  }

  // Draws all meshes with a view matrix (16 numbers, column by column).
  draw(view, isAbove) {
    const gl = this.gl, canvas = this.canvas;
    const ratio = Math.min(devicePixelRatio, MAX_PIXEL_RATIO);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.uniformMatrix4fv(this.view, false, view);
    for (const item of this.meshes.filter(({ mesh }) => mesh.channels === 3)) {
      this.drawTriangles(item);
      if (this.wireframe) this.drawEdges(item);
    }
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    const shadows = this.meshes.filter(({ mesh }) => mesh.channels === 4);
    if (isAbove) shadows.forEach((item) => this.drawTriangles(item));
    gl.depthMask(true);
    gl.disable(gl.BLEND);
  }

  drawTriangles({ arrays, buffers, texture, mesh, count }) {
    const gl = this.gl;
    gl.bindVertexArray(arrays);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers[mesh.picture ? 3 : 2]);
    gl.uniform1f(this.edges, 0);
    gl.uniform1i(this.textured, mesh.picture ? 1 : 0);
    gl.enable(gl.POLYGON_OFFSET_FILL); // lines lie before the faces
    gl.polygonOffset(1, 1);
    gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_INT, 0);
    gl.disable(gl.POLYGON_OFFSET_FILL);
  }

  drawEdges(item) {
    const gl = this.gl;
    gl.bindVertexArray(item.arrays);
    if (!item.lines) {
      item.lines = gl.createBuffer();
      item.buffers.push(item.lines);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, item.lines);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, edgesOf(item.mesh.indices), gl.STATIC_DRAW);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, item.lines);
    gl.uniform1f(this.edges, 1);
    gl.drawElements(gl.LINES, 2 * item.count, gl.UNSIGNED_INT, 0);
  }
}

// The three edges of each triangle, as pairs of vertices.
function edgesOf(indices) {
  const edges = new Uint32Array(2 * indices.length);
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = indices.subarray(i, i + 3);
    edges.set([a, b, b, c, c, a], 2 * i);
  }
  return edges;
}
