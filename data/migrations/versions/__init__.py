"""The steps, in order: each file goes one revision forward and knows its way back."""
