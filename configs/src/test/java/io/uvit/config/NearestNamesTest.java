package io.uvit.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
  @Test
  void theDistanceCountsEdits() {
    assertEquals(0, NearestNames.distance("Depth", "depth"));
    assertEquals(3, NearestNames.distance("kitten", "sitting"));
    assertEquals(5, NearestNames.distance("", "depth"));
  }

  @Test
  void theNearestComeFirstAndAtMostThree() {
    List<String> known = List.of("beta_min", "beta_max", "beta1", "beta2", "epsilon");
    assertEquals(List.of("beta1", "beta2"), NearestNames.of("beta_1", known).subList(0, 2));
    assertEquals(3, NearestNames.of("beta", known).size());
  }

  @Test
  void aPartOfANameFindsIt() {
    assertEquals(List.of("learning_rate"), NearestNames.of("rate", List.of("learning_rate", "s")));
  }

  @Test
  void whereNothingIsNearAllAreNamed() {
    assertEquals(List.of("a", "b"), NearestNames.of("something", List.of("a", "b")));
  }
}
