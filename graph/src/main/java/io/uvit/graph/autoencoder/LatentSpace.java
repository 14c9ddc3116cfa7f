package io.uvit.graph.autoencoder;

import io.uvit.config.v1.Latent;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Split;
import org.tensorflow.types.TFloat32;

/**
 * The latents x that a network sees, {@code x = scale (z - mean) / std} of an autoencoder's z, and
 * how they are drawn from moments (official libs/autoencoder.py {@code sample} and {@code encode},
 * with {@code scale_factor} alone).
 *
 * <p>Shapes: [B, h, w, z] for latents, [B, h, w, m] for moments ({@link Posterior#channels}).
 */
public final class LatentSpace {
  /** Log-variances are clamped to [-30, 20], as officially. */
  private static final float LEAST_LOG_VARIANCE = -30;

  private static final float LARGEST_LOG_VARIANCE = 20;

  private final Posterior posterior;
  private final double[] scale;
  private final double[] mean;

  /**
   * A space of as many channels as there are numbers.
   *
   * @param scale of each channel: scale_factor / std
   * @param mean of each channel
   */
  LatentSpace(Posterior posterior, double[] scale, double[] mean) {
    this.posterior = posterior;
    this.scale = scale.clone();
    this.mean = mean.clone();
  }

  /** The space of a resolved experiment's latents. */
  public static LatentSpace of(Latent latent, Autoencoder autoencoder) {
    int channels = autoencoder.latentChannels();
    double[] scale = new double[channels];
    double[] mean = new double[channels];
    for (int c = 0; c < channels; c++) {
      double std = latent.getChannelStdCount() > 0 ? latent.getChannelStd(c) : 1;
      scale[c] = latent.getScaleFactor() / std;
      mean[c] = latent.getChannelMeanCount() > 0 ? latent.getChannelMean(c) : 0;
    }
    return new LatentSpace(autoencoder.posterior(), scale, mean);
  }

  /** Channels of the moments. */
  public int momentsChannels() {
    return posterior.channels(scale.length);
  }

  /**
   * A fresh sample of the posterior in the network's scale.
   *
   * @param noise standard normal, [B, h, w, z]
   */
  public Operand<TFloat32> sample(Ops tf, Operand<TFloat32> moments, Operand<TFloat32> noise) {
    return scaled(
        tf,
        switch (posterior) {
          case DETERMINISTIC -> moments;
          case GAUSSIAN -> {
            List<Operand<TFloat32>> parts = parts(tf, moments);
            Operand<TFloat32> logVariance =
                tf.clipByValue(
                    parts.get(1),
                    tf.constant(LEAST_LOG_VARIANCE),
                    tf.constant(LARGEST_LOG_VARIANCE));
            Operand<TFloat32> std = tf.math.exp(tf.math.mul(logVariance, tf.constant(0.5f)));
            yield tf.math.add(parts.get(0), tf.math.mul(std, noise));
          }
        });
  }

  /** The mean of the posterior in the network's scale. */
  public Operand<TFloat32> mean(Ops tf, Operand<TFloat32> moments) {
    return scaled(
        tf,
        switch (posterior) {
          case DETERMINISTIC -> moments;
          case GAUSSIAN -> parts(tf, moments).get(0);
        });
  }

  /** Latents of the network in the autoencoder's own scale. */
  public Operand<TFloat32> unscaled(Ops tf, Operand<TFloat32> latents) {
    Operand<TFloat32> z =
        tf.math.mul(latents, floats(tf, Arrays.stream(scale).map(s -> 1 / s).toArray()));
    return centred() ? z : tf.math.add(z, floats(tf, mean));
  }

  private Operand<TFloat32> scaled(Ops tf, Operand<TFloat32> z) {
    Operand<TFloat32> shifted = centred() ? z : tf.math.sub(z, floats(tf, mean));
    return tf.math.mul(shifted, floats(tf, scale));
  }

  private boolean centred() {
    return Arrays.stream(mean).allMatch(m -> m == 0);
  }

  /** Means and log-variances. */
  private static List<Operand<TFloat32>> parts(Ops tf, Operand<TFloat32> moments) {
    return Split.create(tf.scope(), tf.constant(3), moments, 2L).output().stream()
        .<Operand<TFloat32>>map(o -> o)
        .toList();
  }

  private static Operand<TFloat32> floats(Ops tf, double[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    return tf.constant(rounded);
  }
}
