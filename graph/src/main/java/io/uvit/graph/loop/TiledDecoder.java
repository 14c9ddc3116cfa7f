package io.uvit.graph.loop;

import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.ops.control.ControlFlow;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.FunctionWeights;
import io.uvit.ops.parameters.Weights;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Decodes latents tile by tile in a loop of the graph, so that memory is that of a tile; where
 * tiles overlap they are blended ({@link TileGrid}).
 */
final class TiledDecoder {
  private final Autoencoder autoencoder;
  private final int height;
  private final int width;
  private final TileGrid rows;
  private final TileGrid columns;

  /**
   * A decoder of latents of one size.
   *
   * @param height rows of the latents
   * @param width columns of the latents
   * @param tileSize latent positions of a tile's side
   */
  TiledDecoder(Autoencoder autoencoder, int height, int width, int tileSize) {
    this.autoencoder = autoencoder;
    this.height = height;
    this.width = width;
    rows = TileGrid.of(height, tileSize, autoencoder.downsampling());
    columns = TileGrid.of(width, tileSize, autoencoder.downsampling());
  }

  /**
   * Images of latents in the autoencoder's own scale, [b, h, w, z] -> [b, H, W, 3].
   *
   * @param weights of the autoencoder where {@code tf} builds its ops
   */
  @SuppressWarnings("unchecked") // state, invariants and their order are written here
  Operand<TFloat32> decode(Ops tf, Operand<TFloat32> z, Weights weights) {
    int factor = autoencoder.downsampling();
    int count = rows.starts().length * columns.starts().length;
    Operand<TInt32> batch =
        tf.slice(tf.shape(z), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TInt32> sizes =
        tf.constant(new int[] {height * factor, width * factor, Autoencoder.IMAGE_CHANNELS});
    Operand<TFloat32> black =
        tf.zeros(tf.concat(List.of(batch, sizes), tf.constant(0)), TFloat32.class);
    List<Operand<?>> invariants = new ArrayList<>(List.of(z));
    FunctionWeights crossing =
        FunctionWeights.forInference(autoencoder.parameters(), weights.computeType());
    invariants.addAll(crossing.arguments(weights));
    List<Operand<?>> result =
        ControlFlow.loop(
            tf,
            List.of(tf.constant(0), black),
            invariants,
            (ops, a) -> List.of(ops.math.less((Operand<TInt32>) a.get(0), ops.constant(count))),
            (ops, a) -> {
              Operand<TInt32> k = (Operand<TInt32>) a.get(0);
              Weights own = crossing.within(ops, a.subList(3, a.size()));
              Operand<TFloat32> share = share(ops, k, (Operand<TFloat32>) a.get(2), own);
              Operand<TFloat32> blended = ops.math.add((Operand<TFloat32>) a.get(1), share);
              // Not before: else the executor would work on several tiles at once.
              Ops after = ops.withControlDependencies(List.of(blended));
              return List.of(after.math.add(k, ops.constant(1)), blended);
            });
    return (Operand<TFloat32>) result.get(1);
  }

  /** Tile k's share of the whole image, [b, H, W, 3], zeros beside it. */
  private Operand<TFloat32> share(Ops tf, Operand<TInt32> k, Operand<TFloat32> z, Weights weights) {
    Operand<TInt32> across = tf.constant(columns.starts().length);
    Operand<TInt32> row = tf.math.div(k, across);
    Operand<TInt32> column = tf.math.mod(k, across);
    Operand<TInt32> top = tf.gather(tf.constant(rows.starts()), row, tf.constant(0));
    Operand<TInt32> left = tf.gather(tf.constant(columns.starts()), column, tf.constant(0));
    Operand<TInt32> zero = tf.constant(0);
    Operand<TFloat32> tile =
        tf.slice(
            z,
            tf.stack(List.of(zero, top, left, zero)),
            tf.constant(new int[] {-1, rows.size(), columns.size(), autoencoder.latentChannels()}));
    Operand<TFloat32> image = autoencoder.decode(new ForwardPass(tf, weights), tile);
    Operand<TFloat32> weighted =
        tf.math.mul(
            tf.math.mul(image, window(tf, rows, row, -1, 1)),
            window(tf, columns, column, 1, -1)); // [b, tile H, tile W, 3]
    Operand<TInt32> none = tf.constant(new int[] {0, 0});
    return tf.pad(
        weighted,
        tf.stack(
            List.of(
                none,
                margins(tf, top, height - rows.size()),
                margins(tf, left, width - columns.size()),
                none)),
        tf.constant(0f));
  }

  /** The weights of a tile along one side, [1, high, wide, 1]. */
  private static Operand<TFloat32> window(
      Ops tf, TileGrid grid, Operand<TInt32> index, int high, int wide) {
    return tf.reshape(
        tf.gather(tf.constant(grid.windows()), index, tf.constant(0)),
        tf.constant(new int[] {1, high, wide, 1}));
  }

  /** Pixels before and after a tile, [2]. */
  private Operand<TInt32> margins(Ops tf, Operand<TInt32> start, int room) {
    Operand<TInt32> factor = tf.constant(autoencoder.downsampling());
    Operand<TInt32> after = tf.math.sub(tf.constant(room), start);
    return tf.stack(List.of(tf.math.mul(start, factor), tf.math.mul(after, factor)));
  }
}
