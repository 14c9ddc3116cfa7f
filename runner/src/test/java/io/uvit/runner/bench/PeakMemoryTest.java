package io.uvit.runner.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.TrainingMemory;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.AllocatorMemoryUsed;
import org.tensorflow.proto.DeviceStepStats;
import org.tensorflow.proto.NodeExecStats;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;

/** On statistics made here, and on those of a step on the CPU, whose allocator stands in. */
class PeakMemoryTest {
  private static final Pattern CPU = Pattern.compile("mklcpu|cpu");

  private static NodeExecStats node(AllocatorMemoryUsed.Builder... used) {
    NodeExecStats.Builder node = NodeExecStats.newBuilder();
    for (AllocatorMemoryUsed.Builder one : used) {
      node.addMemory(one);
    }
    return node.build();
  }

  /** Of an op: in use after it, left of its own, most of its own at once. */
  private static AllocatorMemoryUsed.Builder used(
      String allocator, long inUse, long live, long peak) {
    return AllocatorMemoryUsed.newBuilder()
        .setAllocatorName(allocator)
        .setAllocatorBytesInUse(inUse)
        .setLiveBytes(live)
        .setPeakBytes(peak)
        .setTotalBytes(peak);
  }

  private static StepStats stats(NodeExecStats... nodes) {
    return StepStats.newBuilder()
        .addDevStats(DeviceStepStats.newBuilder().addAllNodeStats(List.of(nodes)))
        .build();
  }

  @Test
  void theMostInUseAfterAnOpCounts() {
    StepStats stats =
        stats(
            node(used("GPU_0_bfc", 100, 10, 10)),
            node(used("GPU_0_bfc", 900, 20, 20), used("cpu", 5000, 1, 1)),
            node(used("GPU_0_bfc", 300, 0, 0)));
    assertEquals(OptionalLong.of(900), PeakMemory.ofGpu(stats));
    assertEquals(OptionalLong.of(5000), PeakMemory.of(stats, CPU));
  }

  @Test
  void whatAnOpGaveBackAgainCounts() {
    assertEquals(
        OptionalLong.of(100 + 250),
        PeakMemory.ofGpu(
            stats(node(used("GPU_0_bfc", 100, 50, 300)), node(used("GPU_0_bfc", 200, 50, 50)))));
  }

  @Test
  void memoryOfTheHostForAGpuIsNoMemoryOfTheGpu() {
    assertEquals(
        OptionalLong.empty(),
        PeakMemory.ofGpu(stats(node(used("gpu_host_bfc", 7, 7, 7)), node(used("cpu", 7, 7, 7)))));
    assertEquals(OptionalLong.of(7), PeakMemory.ofGpu(stats(node(used("gpu_async_0", 7, 7, 7)))));
  }

  /** What is kept for each further image is what {@code uvit config} estimates. */
  @Test
  void onTheCpuItGrowsWithTheBatchAsEstimated() {
    Experiment small =
        ConfigLoader.load("quickstart", List.of("train.batch_size=2", "runtime.device=CPU"));
    Experiment large =
        small.toBuilder().setTrain(small.getTrain().toBuilder().setBatchSize(34)).build();
    long estimate = TrainingMemory.of(large).step() - TrainingMemory.of(small).step();
    long found = peak(large) - peak(small);
    System.out.printf("32 images more: %d bytes, estimated %d%n", found, estimate);
    assertTrue(found > 0.5 * estimate && found < 1.5 * estimate, found + ", estimated " + estimate);
  }

  private static long peak(Experiment experiment) {
    try (TrainingRig rig = new TrainingRig(experiment)) {
      rig.step();
      StepStats stats = rig.tracedStep(RunOptions.TraceLevel.SOFTWARE_TRACE);
      assertEquals(OptionalLong.empty(), PeakMemory.ofGpu(stats));
      return PeakMemory.of(stats, CPU).orElseThrow();
    }
  }
}
