"""What each part of the training data and of the recipe is worth: one small training run for each."""
