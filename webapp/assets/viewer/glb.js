// Reads the binary glTF files of `pipeline/display.py`: meshes with float positions, linear colours
// and 32-bit indices, one mesh perhaps with a JPEG as its texture. Returns
// [{positions, colors, channels, indices, coordinates, picture}], the picture as an ImageBitmap.
const FLOATS = 5126; // glTF's component type
const WIDTHS = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };

async function readGlb(buffer) {
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
  const textureOf = (material) => tree.materials[material].pbrMetallicRoughness.baseColorTexture;
  const pictureOf = (texture) => {
    if (!texture) return null;
    const image = tree.images[tree.textures[texture.index].source];
    const { byteOffset, byteLength } = tree.bufferViews[image.bufferView];
    const bytes = new Uint8Array(buffer, body + byteOffset, byteLength);
    return createImageBitmap(new Blob([bytes], { type: image.mimeType }));
  };
  return Promise.all(tree.meshes.map(async ({ primitives: [{ attributes, indices, material }] }) => {
    const colors = read(attributes.COLOR_0), texture = textureOf(material);
    return {
      positions: read(attributes.POSITION).data,
      colors: colors.data,
      channels: colors.channels,
      indices: read(indices).data,
      coordinates: texture && read(attributes[`TEXCOORD_${texture.texCoord ?? 0}`]).data,
      picture: await pictureOf(texture),
    };
  }));
}
