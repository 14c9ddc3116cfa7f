package io.uvit.tests.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.graph.sampler.TimeGrid;
import org.junit.jupiter.api.Test;

/** Time grids in double against the official float64 values. */
class TimeGridGoldenTest {

  /** The grid that an official file calls by a name: "time_quadratic" is two things. */
  static TimeGrid grid(String code, String skipType) {
    return switch (skipType) {
      case "time_uniform" -> TimeGrid.UNIFORM_TIME;
      case "logSNR" -> TimeGrid.UNIFORM_LOG_SNR;
      case "t2" -> TimeGrid.QUADRATIC;
      case "time_quadratic" ->
          code.equals("upstream") ? TimeGrid.QUADRATIC : TimeGrid.QUADRATIC_TABLE;
      default -> throw new IllegalArgumentException("grid " + skipType);
    };
  }

  @Test
  void everyGrid() {
    try (Fixture f = new Fixture("time_grids", "grids.npz")) {
      int count = 0;
      for (var c : f.objects("grids.json")) {
        String key = c.get("key").getAsString();
        TimeGrid grid = grid(c.get("code").getAsString(), c.get("skip_type").getAsString());
        double[] found =
            grid.nodes(
                Schedules.named(c.get("schedule").getAsString()),
                c.get("t_T").getAsDouble(),
                c.get("t_0").getAsDouble(),
                c.get("N").getAsInt());
        double tolerance = grid == TimeGrid.QUADRATIC_TABLE ? 3e-7 : 1e-9;
        assertArrayEquals(f.doubles(key + ".f64"), found, tolerance, key);
        count++;
      }
      assertEquals(f.objects("grids.json").size(), count);
      System.out.println("time_grids: " + count + " grids compared");
    }
  }
}
