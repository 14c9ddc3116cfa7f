package io.uvit.ops.parameters;

import io.uvit.ops.random.Seeds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TType;

/**
 * A set of resource variables, one for each {@link ParameterSpec}, named {@code <prefix><parameter
 * name>}. Whatever type they are stored in, their values are given as float32, and those {@link
 * #forInference} as factors in the type of the products.
 *
 * <p>Resource variables because a fetched reference variable aliases its buffer and because
 * gradients and order are well defined for them (docs/decisions/0001).
 */
public final class Variables implements Weights {
  private final Ops tf;
  private final String prefix;
  private final ComputeType computeType;
  private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
  private final Map<String, Class<? extends TFloating>> types = new LinkedHashMap<>();
  private final Map<String, VarHandleOp> handles = new LinkedHashMap<>();
  private final Map<String, Operand<? extends TFloating>> reads = new LinkedHashMap<>();
  private final Map<String, Operand<TFloat32>> values = new LinkedHashMap<>();
  private final Map<String, Operand<? extends TFloating>> factors = new LinkedHashMap<>();
  private final Map<String, Restore> restores = new LinkedHashMap<>();

  /** A way to give one variable a value from outside: feed {@code value}, run {@code assign}. */
  public record Restore(Placeholder<TFloat32> value, Op assign) {}

  /** Declares float32 variables in {@code tf}'s graph; nothing is initialised. */
  public Variables(Ops tf, String prefix, Collection<ParameterSpec> specs) {
    this(tf, prefix, specs, StorageType.FLOAT32);
  }

  /** Declares variables of the given type in {@code tf}'s graph; nothing is initialised. */
  public Variables(Ops tf, String prefix, Collection<ParameterSpec> specs, StorageType storage) {
    this(tf, prefix, specs, spec -> storage.tensor(), ComputeType.FLOAT32);
  }

  private Variables(
      Ops tf,
      String prefix,
      Collection<ParameterSpec> specs,
      Function<ParameterSpec, Class<? extends TFloating>> types,
      ComputeType computeType) {
    this.tf = tf;
    this.prefix = prefix;
    this.computeType = computeType;
    for (ParameterSpec spec : specs) {
      String name = prefix + spec.name();
      this.specs.put(spec.name(), spec);
      // Without a shared name all variables of a session would be one and the same.
      handles.put(
          spec.name(),
          tf.withName(name)
              .varHandleOp(types.apply(spec), spec.shape(), VarHandleOp.sharedName(name)));
      this.types.put(spec.name(), types.apply(spec));
    }
  }

  /**
   * Declares variables for passes without gradients. Factors are stored in the type that they are
   * multiplied in, rounded once: half of the memory of float32, without a second copy beside it.
   *
   * @param specs parameters, without a prefix
   */
  public static Variables forInference(
      Ops tf, Collection<ParameterSpec> specs, ComputeType computeType) {
    return new Variables(
        tf, "", specs, spec -> spec.factor() ? computeType.tensor() : TFloat32.class, computeType);
  }

  /** Parameters in order. */
  public List<ParameterSpec> specs() {
    return List.copyOf(specs.values());
  }

  /** The name of the variable that holds {@code spec}. */
  public String variableName(ParameterSpec spec) {
    return prefix + spec.name();
  }

  /**
   * The resource handle of a parameter.
   *
   * @throws IllegalArgumentException if there is no such parameter
   */
  public Operand<? extends TType> handle(ParameterSpec spec) {
    VarHandleOp handle = handles.get(spec.name());
    if (handle == null) {
      throw new IllegalArgumentException("no variable for parameter " + spec.name());
    }
    return handle;
  }

  /** The type of the variable that holds {@code spec}. */
  public Class<? extends TFloating> type(ParameterSpec spec) {
    return types.get(spec.name());
  }

  /** The value of a variable in its own type, named {@code NAME.read}; one read. */
  public Operand<? extends TFloating> stored(ParameterSpec spec) {
    return reads.computeIfAbsent(
        spec.name(),
        n -> tf.withName(prefix + n + ".read").readVariableOp(handle(spec), type(spec)));
  }

  @Override
  public Operand<TFloat32> get(ParameterSpec spec) {
    return values.computeIfAbsent(
        spec.name(), n -> widened(tf.withName(prefix + n + ".float32"), stored(spec)));
  }

  @Override
  public Operand<? extends TFloating> factor(ParameterSpec spec) {
    if (type(spec).equals(computeType.tensor())) {
      return stored(spec);
    }
    return factors.computeIfAbsent(
        spec.name(), n -> tf.dtypes.cast(get(spec), computeType.tensor()));
  }

  @Override
  public ComputeType computeType() {
    return computeType;
  }

  @SuppressWarnings("unchecked") // where the type is float32
  private static Operand<TFloat32> widened(Ops ops, Operand<? extends TFloating> value) {
    return value.type().equals(TFloat32.class)
        ? (Operand<TFloat32>) value
        : ops.dtypes.cast(value, TFloat32.class);
  }

  /** The op that gives a variable a value, rounded to its type. */
  private Op assign(ParameterSpec spec, Operand<TFloat32> value) {
    return tf.assignVariableOp(
        handle(spec),
        type(spec).equals(TFloat32.class) ? value : tf.dtypes.cast(value, type(spec)));
  }

  /**
   * Assigns every variable its initial value, a function of the seed and the parameter's name; one
   * after another, so that no more than one value is in flight.
   */
  public List<Op> initialize(long seed) {
    List<Op> assigns = new ArrayList<>();
    Ops next = tf;
    Operand<TInt64> zero = unfolded();
    for (ParameterSpec spec : specs.values()) {
      Op assigned = assign(spec, initialValue(next, spec, seed, zero));
      assigns.add(assigned);
      next = tf.withControlDependencies(List.of(assigned));
    }
    return assigns;
  }

  /** Assigns every variable zeros. */
  public List<Op> zeros() {
    List<Op> assigns = new ArrayList<>();
    Operand<TFloat32> zero = tf.dtypes.cast(unfolded(), TFloat32.class);
    for (ParameterSpec spec : specs.values()) {
      Operand<TFloat32> zeros = tf.fill(tf.constant(spec.shape().asArray()), zero);
      assigns.add(assign(spec, zeros));
    }
    return assigns;
  }

  /**
   * Assigns every variable the value of the same parameter in {@code other}.
   *
   * @param after orders the reads of the other variables: has as control dependencies what must
   *     have happened before. The assignments depend on nothing but what was read
   */
  public List<Op> copyOf(Ops after, Variables other) {
    List<Op> assigns = new ArrayList<>();
    for (ParameterSpec spec : specs.values()) {
      Operand<? extends TFloating> read =
          after.readVariableOp(other.handle(spec), other.type(spec));
      // A copy at once: two variables that share a buffer part at the first update, and what is
      // allocated then, in the midst of a step, leaves holes that stay for the life of the process.
      assigns.add(assign(spec, widened(after, tf.deepCopy(read))));
    }
    return assigns;
  }

  /**
   * Assigns every variable the value of the same parameter in {@code other} without a copy: both
   * share their memory until the first update of either, which copies what it is about to change.
   *
   * @param other of the same type
   */
  public List<Op> sharing(Variables other) {
    List<Op> assigns = new ArrayList<>();
    for (ParameterSpec spec : specs.values()) {
      if (!other.type(spec).equals(type(spec))) {
        throw new IllegalArgumentException(
            "%s: found a variable of %s, wanted one of %s"
                .formatted(
                    spec.name(), other.type(spec).getSimpleName(), type(spec).getSimpleName()));
      }
      assigns.add(tf.assignVariableOp(handle(spec), other.stored(spec)));
    }
    return assigns;
  }

  /** Takes every variable's value away and frees its memory; to be assigned again before a read. */
  public List<Op> release() {
    List<Op> destroyed = new ArrayList<>();
    for (ParameterSpec spec : specs.values()) {
      destroyed.add(tf.destroyResourceOp(handle(spec)));
    }
    return destroyed;
  }

  /** A placeholder and assignment for one parameter; built once, on first use. */
  public Restore restore(ParameterSpec spec) {
    return restores.computeIfAbsent(
        spec.name(),
        n -> {
          Placeholder<TFloat32> value =
              tf.withName(prefix + n + ".restore")
                  .placeholder(TFloat32.class, Placeholder.shape(spec.shape()));
          return new Restore(value, assign(spec, value));
        });
  }

  /**
   * A zero that TensorFlow does not know to be one: the only whole number in [0, 1). Computed from
   * constants alone, first values would become constants of the graph, which a session keeps beside
   * the variables for as long as it lives: as much memory again as the variables take.
   */
  private Operand<TInt64> unfolded() {
    return tf.random.randomUniformInt(tf.constant(new int[0]), tf.constant(0L), tf.constant(1L));
  }

  private Operand<TFloat32> initialValue(
      Ops ops, ParameterSpec spec, long seed, Operand<TInt64> zero) {
    Operand<TFloat32> value;
    Operand<TInt64> seeds = ops.math.add(ops.constant(Seeds.of(seed, spec.name())), zero);
    long[] dims = spec.shape().asArray();
    if (spec.initializer() instanceof Initializer.Constant constant) {
      Operand<TFloat32> start = ops.dtypes.cast(zero, TFloat32.class);
      value = ops.fill(ops.constant(dims), ops.math.add(start, ops.constant(constant.value())));
    } else if (spec.initializer() instanceof Initializer.Normal normal) {
      Operand<TFloat32> unit = ops.random.statelessRandomNormal(ops.constant(dims), seeds);
      value = ops.math.mul(unit, ops.constant(normal.std()));
    } else if (spec.initializer() instanceof Initializer.Uniform uniform) {
      Operand<TFloat32> unit = ops.random.statelessRandomUniform(ops.constant(dims), seeds);
      value =
          ops.math.mul(ops.math.sub(unit, ops.constant(0.5f)), ops.constant(2 * uniform.bound()));
    } else {
      throw new AssertionError(spec.initializer());
    }
    return value;
  }
}
