package io.uvit.graph.model;

import java.util.OptionalInt;

/** What a network is told beside the noisy image and the time. */
public sealed interface Conditioning {

  /** Nothing. */
  record Unconditional() implements Conditioning {}

  /**
   * A class label.
   *
   * @param numClasses rows of the label table, the null class included
   * @param nullClass the label that means "no class", if there is one
   */
  record ClassLabel(int numClasses, OptionalInt nullClass) implements Conditioning {
    public ClassLabel {
      if (numClasses < 1) {
        throw new IllegalArgumentException(
            "numClasses: found " + numClasses + ", wanted at least 1");
      }
      if (nullClass.isPresent()
          && (nullClass.getAsInt() < 0 || nullClass.getAsInt() >= numClasses)) {
        throw new IllegalArgumentException(
            "nullClass: found " + nullClass.getAsInt() + ", wanted 0.." + (numClasses - 1));
      }
    }
  }

  /**
   * Encoded text.
   *
   * @param numTokens tokens of a text, 77 for CLIP
   * @param contextDim width of a text token
   */
  record Text(int numTokens, int contextDim) implements Conditioning {
    public Text {
      if (numTokens < 1 || contextDim < 1) {
        throw new IllegalArgumentException(
            "text: found "
                + numTokens
                + " tokens of width "
                + contextDim
                + ", wanted both at least 1");
      }
    }
  }
}
