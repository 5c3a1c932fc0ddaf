"""Types that all other packages import: errors, boxes, masks, predictions. No torch, no Gradio."""
