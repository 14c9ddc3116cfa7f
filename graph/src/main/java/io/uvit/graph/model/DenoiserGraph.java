package io.uvit.graph.model;

import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.parameters.Weights;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A network with its inputs as placeholders of any batch size: what samplers, previews and the
 * {@code denoise} signature run.
 *
 * <p>Inputs {@code x} float32 [B, H, W, C]; {@code t} float32 [B], the network's own time input;
 * {@code label} int32 [B] or {@code context} float32 [B, numTokens, contextDim] where the model has
 * them. Output {@code prediction} [B, H, W, C].
 */
public final class DenoiserGraph {
  private final Placeholder<TFloat32> x;
  private final Placeholder<TFloat32> t;
  private final Optional<Placeholder<TInt32>> label;
  private final Optional<Placeholder<TFloat32>> context;
  private final Operand<TFloat32> prediction;
  private final Map<String, Operand<TFloat32>> taps;

  /** Applies {@code model} with {@code weights}; the ops are built with {@code tf}. */
  public DenoiserGraph(Ops tf, UViT model, Weights weights) {
    UViTConfig c = model.config();
    x =
        tf.withName("x")
            .placeholder(
                TFloat32.class,
                Placeholder.shape(Shape.of(-1, c.imageHeight(), c.imageWidth(), c.channels())));
    t = tf.withName("t").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
    label =
        c.conditioning() instanceof Conditioning.ClassLabel
            ? Optional.of(
                tf.withName("label").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1))))
            : Optional.empty();
    context =
        c.conditioning() instanceof Conditioning.Text text
            ? Optional.of(
                tf.withName("context")
                    .placeholder(
                        TFloat32.class,
                        Placeholder.shape(Shape.of(-1, text.numTokens(), text.contextDim()))))
            : Optional.empty();
    ForwardPass pass = new ForwardPass(tf.withSubScope("uvit"), weights);
    prediction =
        tf.withName("prediction")
            .identity(
                model.apply(pass, new UViT.Inputs(x, t, label.map(l -> l), context.map(v -> v))));
    taps = Map.copyOf(pass.taps());
  }

  /** Noisy images or latents, [B, H, W, C]. */
  public Placeholder<TFloat32> x() {
    return x;
  }

  /** The network's own time input, [B]. */
  public Placeholder<TFloat32> t() {
    return t;
  }

  /** Class labels, [B]. */
  public Optional<Placeholder<TInt32>> label() {
    return label;
  }

  /** Text tokens, [B, numTokens, contextDim]. */
  public Optional<Placeholder<TFloat32>> context() {
    return context;
  }

  /** What the network predicts, [B, H, W, C]. */
  public Operand<TFloat32> prediction() {
    return prediction;
  }

  /** Intermediate outputs by official module path. */
  public Map<String, Operand<TFloat32>> taps() {
    return taps;
  }
}
