package io.uvit.runner.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/**
 * The GPUs that TensorFlow registers, each with an addition tried on it. TensorFlow Java has no
 * list of devices in its public interface; an op that may run on one device only finds out whether
 * that is there, and whether it computes. Options of a process's first session hold for all of
 * them; these are TensorFlow's own, as those of the other sessions of the program are.
 */
final class TensorFlowGpus {
  /** More than any machine has. */
  private static final int MOST = 64;

  private static final float TERM = 1.5f;

  private TensorFlowGpus() {}

  /**
   * In TensorFlow's order, up to the first that does not compute.
   *
   * @throws LinkageError if TensorFlow's library cannot be loaded
   */
  static List<RegisteredGpu> registered() {
    List<RegisteredGpu> gpus = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      Optional<RegisteredGpu> gpu = tried(i);
      if (gpu.isEmpty()) {
        break;
      }
      gpus.add(gpu.get());
      if (!gpu.get().usable()) {
        break; // where a session cannot even be made, every index would fail so
      }
    }
    return gpus;
  }

  private static Optional<RegisteredGpu> tried(int index) {
    String name = "GPU:" + index;
    try {
      float sum = add(index);
      return Optional.of(
          new RegisteredGpu(
              name,
              sum == 2 * TERM ? Optional.empty() : Optional.of("1.5 + 1.5 came out as " + sum)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // no such device
    } catch (TensorFlowException | IllegalStateException | UnsupportedOperationException e) {
      return Optional.of(new RegisteredGpu(name, Optional.of(firstLine(e))));
    }
  }

  /** Fed, not constant: TensorFlow computes constants on the CPU. */
  private static float add(int index) {
    DeviceSpec device =
        DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(index).build();
    ConfigProto strict = ConfigProto.newBuilder().setAllowSoftPlacement(false).build();
    try (Graph graph = new Graph();
        TFloat32 term = TFloat32.scalarOf(TERM)) {
      Ops tf = Ops.create(graph);
      Placeholder<TFloat32> x = tf.placeholder(TFloat32.class);
      Operand<TFloat32> sum = tf.withDevice(device).math.add(x, x);
      try (Session session = new Session(graph, strict);
          Result result = session.runner().feed(x, term).fetch(sum).run()) {
        return ((TFloat32) result.get(0)).getFloat();
      }
    }
  }

  private static String firstLine(Exception e) {
    String text = e.getMessage() == null ? "" : e.getMessage().strip();
    return text.isEmpty() ? e.getClass().getSimpleName() : text.lines().findFirst().orElse(text);
  }
}
