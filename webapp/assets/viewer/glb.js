// Reads the binary glTF files of `pipeline/display.py`: meshes with float positions, linear colours
// and 32-bit indices. Returns [{positions, colors, channels, indices}].
const FLOATS = 5126; // glTF's component type
const WIDTHS = { SCALAR: 1, VEC3: 3, VEC4: 4 };

function readGlb(buffer) {
  const header = new DataView(buffer);
  if (header.byteLength < 28 || header.getUint32(0, true) !== 0x46546c67) throw Error("not a GLB");
  const length = header.getUint32(12, true); // of the JSON chunk, a multiple of four
  const tree = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, length)));
  const body = 20 + length + 8;
  const read = (index) => {
    const { bufferView, componentType, type, count } = tree.accessors[index];
    const ArrayType = componentType === FLOATS ? Float32Array : Uint32Array;
    const start = body + tree.bufferViews[bufferView].byteOffset;
    return { data: new ArrayType(buffer, start, count * WIDTHS[type]), channels: WIDTHS[type] };
  };
  return tree.meshes.map(({ primitives: [{ attributes, indices }] }) => {
    const colors = read(attributes.COLOR_0);
    return {
      positions: read(attributes.POSITION).data,
      colors: colors.data,
      channels: colors.channels,
      indices: read(indices).data,
    };
  });
}
