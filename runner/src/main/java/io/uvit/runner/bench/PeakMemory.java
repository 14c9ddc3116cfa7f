package io.uvit.runner.bench;

import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.tensorflow.proto.AllocatorMemoryUsed;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.StepStats;

/**
 * The most memory that TensorFlow's tensors take of a device at once within a step, from step
 * statistics: after each op the allocator's bytes in use, with what the op took and gave back
 * meanwhile. That is what a step needs; what TensorFlow has set aside of a GPU's memory, which
 * NVIDIA's tools show, is nearly all of it whatever the step, and with {@code
 * runtime.gpu_memory_growth} the next power of two.
 *
 * <p>What XLA takes within a compiled cluster does not go through the statistics.
 */
final class PeakMemory {
  /** TensorFlow's allocator of a GPU's memory, and the one of {@code cuda_malloc_async}. */
  private static final Pattern GPU = Pattern.compile("GPU_\\d+_bfc|gpu_async_\\d+");

  private PeakMemory() {}

  /** Bytes of a GPU's memory; empty where nothing was computed on one. */
  static OptionalLong ofGpu(StepStats stats) {
    return of(stats, GPU);
  }

  /** Bytes from allocators of a name; empty where none was used. */
  static OptionalLong of(StepStats stats, Pattern allocator) {
    OptionalLong peak = OptionalLong.empty();
    for (DeviceStepStats device : stats.getDevStatsList()) {
      for (NodeExecStats node : device.getNodeStatsList()) {
        for (AllocatorMemoryUsed used : node.getMemoryList()) {
          if (allocator.matcher(used.getAllocatorName()).matches()) {
            peak = OptionalLong.of(Math.max(peak.orElse(0), within(used)));
          }
        }
      }
    }
    return peak;
  }

  /** In use after an op, less what is left of the op's own, and all that it had at once. */
  private static long within(AllocatorMemoryUsed used) {
    return used.getAllocatorBytesInUse() + Math.max(0, used.getPeakBytes() - used.getLiveBytes());
  }
}
