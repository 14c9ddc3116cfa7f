package io.uvit.savedmodels.export;

import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.NpzWriter;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.TorchWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Formats that weights are written in beside the SavedModel. */
public enum WeightFormat {
  /** safetensors, with metadata. */
  SAFETENSORS,
  /** A PyTorch state dict in the zip format; {@code torch.load(weights_only=True)} reads it. */
  PTH,
  /** numpy; has no bfloat16. */
  NPZ;

  /** Whether the format has this element type. */
  public boolean has(DataType type) {
    return this != NPZ || type.numpyDescr().isPresent();
  }

  /** Begins a file; metadata is written where the format has a place for it. */
  TensorWriter create(Path file, List<TensorEntry> entries, Map<String, String> metadata) {
    return switch (this) {
      case SAFETENSORS -> SafetensorsWriter.create(file, entries, metadata);
      case PTH -> TorchWriter.create(file, entries);
      case NPZ -> NpzWriter.create(file, entries);
    };
  }
}
