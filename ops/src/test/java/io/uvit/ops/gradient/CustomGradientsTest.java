package io.uvit.ops.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.ops.Eval;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class CustomGradientsTest {

  /** x^2 of which the gradient is said to be 10 x saved. */
  private static Operand<TFloat32> odd(Ops tf, Operand<TFloat32> x, float saved) {
    return CustomGradients.attach(
        tf,
        tf.math.square(x),
        List.of(x),
        List.of(tf.constant(saved)),
        (ops, dy, forward) ->
            List.of(
                ops.math.mul(
                    ops.math.mul(float32(dy), float32(forward.inputs().get(0))),
                    ops.math.mul(float32(forward.saved().get(0)), ops.constant(10f)))));
  }

  @SuppressWarnings("unchecked") // all is float32 here
  private static Operand<TFloat32> float32(Operand<?> value) {
    return (Operand<TFloat32>) value;
  }

  private static Operand<TFloat32> derivative(Ops tf, Operand<TFloat32> y, Operand<TFloat32> x) {
    return float32(tf.gradients(y, List.of(x)).dy().get(0));
  }

  @Test
  void theGivenGradientIsUsedAndTheFunctionsOwnIsNot() {
    float[] found =
        Eval.one(
            tf -> {
              Operand<TFloat32> x = tf.constant(3f);
              return derivative(tf, tf.math.mul(odd(tf, x, 2), tf.constant(5f)), x);
            });
    assertEquals(5 * 10 * 3 * 2, found[0]);
  }

  @Test
  void theValueIsTheFunctions() {
    assertEquals(9, Eval.one(tf -> odd(tf, tf.constant(3f), 2))[0]);
  }

  @Test
  void gradientsAddUpOverAllWaysToTheLoss() {
    float[] found =
        Eval.one(
            tf -> {
              Operand<TFloat32> x = tf.constant(3f);
              Operand<TFloat32> twice = tf.math.add(odd(tf, x, 1), odd(tf, x, 2));
              return derivative(tf, tf.math.add(twice, x), x);
            });
    assertEquals(10 * 3 * 1 + 10 * 3 * 2 + 1, found[0]);
  }

  @Test
  void aPlainIdentityOfSeveralKeepsItsGradient() {
    float[] found =
        Eval.one(
            tf -> {
              Operand<TFloat32> x = tf.constant(3f);
              Operand<TFloat32> other = odd(tf, x, 2); // the gradient of the kind of op is ours now
              Operand<TFloat32> same =
                  float32(tf.identityN(List.<Operand<?>>of(x, other)).output().get(0));
              return derivative(tf, tf.math.mul(same, tf.constant(7f)), x);
            });
    assertEquals(7, found[0]);
  }
}
