"""Loads a SavedModel with TensorFlow's public loader, calls it, and reports as one JSON object.

Arguments: the model's folder, the input arrays (.npz), the output arrays to write (.npz).
"""

import json
import sys

import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
denoise = model.signatures["denoise"]
arrays = np.load(sys.argv[2])
inputs = {
    key: tf.constant(arrays[key], dtype=tf.int32 if key == "label" else tf.float32)
    for key in arrays.files
}
prediction = denoise(**inputs)["prediction"]
np.savez(sys.argv[3], prediction=prediction.numpy())

with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(denoise(**inputs)["prediction"]))
gradients = tape.gradient(loss, model.variables)

refused = False
if "label" in inputs:
    try:
        denoise(**{**inputs, "label": tf.fill(inputs["label"].shape, 1000)})
    except tf.errors.InvalidArgumentError:
        refused = True

json.dump(
    {
        "signatures": sorted(model.signatures),
        "variables": sorted(v.name for v in model.variables),
        "gradients": sum(g is not None for g in gradients),
        "batch_of_one": int(denoise(**{k: v[:1] for k, v in inputs.items()})["prediction"].shape[0]),
        "bad_label_refused": refused,
    },
    sys.stdout,
)
