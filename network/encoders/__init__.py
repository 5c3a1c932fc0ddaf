"""The encoders: networks of images that give feature maps of strides 4, 8, 16 and 32."""
