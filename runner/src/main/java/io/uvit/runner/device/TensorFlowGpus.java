package io.uvit.runner.device;

import io.uvit.ops.scope.GraphScope;
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
 * that is there, and whether it computes. GPU options of a process's first session hold for all of
 * them, and the first may be one of these.
 */
final class TensorFlowGpus {
  /** More than any machine has. */
  private static final int MOST = 64;

  private static final float TERM = 1.5f;

  private TensorFlowGpus() {}

  /**
   * In TensorFlow's order, up to the first that does not compute.
   *
   * @param memoryGrowth whether this process takes a GPU's memory as it is needed
   * @throws LinkageError if TensorFlow's library cannot be loaded
   */
  static List<RegisteredGpu> registered(boolean memoryGrowth) {
    List<RegisteredGpu> gpus = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      Optional<RegisteredGpu> gpu = tried(i, memoryGrowth);
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

  private static Optional<RegisteredGpu> tried(int index, boolean memoryGrowth) {
    String name = "GPU:" + index;
    try {
      float sum = add(index, memoryGrowth);
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
  private static float add(int index, boolean memoryGrowth) {
    DeviceSpec device =
        DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(index).build();
    try (Graph graph = new Graph();
        TFloat32 term = TFloat32.scalarOf(TERM)) {
      Ops tf = GraphScope.ops(graph);
      Placeholder<TFloat32> x = tf.placeholder(TFloat32.class);
      Operand<TFloat32> sum = tf.withDevice(device).math.add(x, x);
      try (Session session = new Session(graph, options(memoryGrowth));
          Result result = session.runner().feed(x, term).fetch(sum).run()) {
        return ((TFloat32) result.get(0)).getFloat();
      }
    }
  }

  static ConfigProto options(boolean memoryGrowth) {
    ConfigProto.Builder strict = ConfigProto.newBuilder().setAllowSoftPlacement(false);
    if (memoryGrowth) {
      strict.getGpuOptionsBuilder().setAllowGrowth(true);
    }
    return strict.build();
  }

  private static String firstLine(Exception e) {
    String text = e.getMessage() == null ? "" : e.getMessage().strip();
    return text.isEmpty() ? e.getClass().getSimpleName() : text.lines().findFirst().orElse(text);
  }
}
