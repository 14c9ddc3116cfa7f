package io.uvit.savedmodels.official;

import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TorchFile;
import io.uvit.savedmodels.weights.WeightFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads a training folder of the official code (utils.py, {@code TrainState.load}), of any PyTorch
 * whose files {@link TorchFile} reads. The files are checked against each other: the schedule has
 * made as many steps as the training, the optimizer knows each parameter once.
 */
public final class OfficialReader {
  /** Prefix that PyTorch's data-parallel wrapper leaves on names. */
  private static final String WRAPPER = "module.";

  private OfficialReader() {}

  /**
   * Opens a folder. Whether names and shapes are those of a network is for the reader of the
   * tensors to check.
   *
   * @param folder with all five files
   * @throws WeightFileException if a file is absent, damaged or contradicts another one
   */
  public static OfficialState open(Path folder) {
    for (String name : OfficialFiles.ALL) {
      if (!Files.isRegularFile(folder.resolve(name))) {
        throw new WeightFileException(
            folder,
            "training folder",
            "no " + name,
            "the folder N.ckpt of a training of the official code, with "
                + String.join(", ", OfficialFiles.ALL));
      }
    }
    long step = step(folder.resolve(OfficialFiles.STEP));
    ScheduleState schedule = schedule(folder.resolve(OfficialFiles.SCHEDULE), step);
    TorchFile weights = TorchFile.open(folder.resolve(OfficialFiles.WEIGHTS));
    try {
      TorchFile average = TorchFile.open(folder.resolve(OfficialFiles.AVERAGE));
      try {
        return withOptimizer(folder, step, schedule, weights, average);
      } catch (RuntimeException e) {
        average.close();
        throw e;
      }
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static OfficialState withOptimizer(
      Path folder, long step, ScheduleState schedule, TensorFile weights, TensorFile average) {
    Path file = folder.resolve(OfficialFiles.OPTIMIZER);
    // A network without buffers lists its state dict and its parameters in the same order.
    List<String> names =
        weights.entries().keySet().stream()
            .map(name -> name.startsWith(WRAPPER) ? name.substring(WRAPPER.length()) : name)
            .toList();
    TorchFile content = TorchFile.open(file);
    try {
      OptimizerReader optimizer = OptimizerReader.of(file, content, names);
      long updates = optimizer.updates();
      if (updates > step) {
        throw new WeightFileException(
            file, "state", updates + " updates", "at most the " + step + " steps of step.pth");
      }
      AdamWGroup numbers = optimizer.numbers();
      Optional<OfficialState.Moments> moments = optimizer.moments();
      if (moments.isEmpty()) {
        content.close();
      }
      return new OfficialState(step, updates, numbers, schedule, weights, average, moments);
    } catch (RuntimeException e) {
      content.close();
      throw e;
    }
  }

  private static long step(Path file) {
    try (TorchFile content = TorchFile.open(file)) {
      return TreeValue.root(file, content).count();
    }
  }

  private static ScheduleState schedule(Path file, long step) {
    try (TorchFile content = TorchFile.open(file)) {
      TreeValue root = TreeValue.root(file, content);
      long position = root.at("last_epoch").count();
      if (position != step) {
        throw root.at("last_epoch")
            .wrong(String.valueOf(position), "the " + step + " steps of step.pth");
      }
      Optional<TreeValue> cosine = root.find("T_max");
      return new ScheduleState(
          root.at("base_lrs").only().number(),
          root.at("_last_lr").only().number(),
          position,
          cosine.isEmpty() ? OptionalLong.empty() : OptionalLong.of(cosine.get().count()));
    }
  }
}
