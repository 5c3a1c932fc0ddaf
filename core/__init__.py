"""What every other package may import: errors, boxes, masks, predictions; no torch, no Gradio."""
