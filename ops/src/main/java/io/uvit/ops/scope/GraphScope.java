package io.uvit.ops.scope;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.DeviceSpec;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;

/**
 * Where ops of a graph go: their name prefix, device and control inputs, as TensorFlow's own {@code
 * OpScope} has them and with the same names, in a time that does not grow with the graph. {@code
 * OpScope.withSubScope} reads the names of all ops of the graph, and a network has a scope for each
 * part of each block: that was half of the time in which the graph of a large network is built
 * (docs/performance.md).
 */
public final class GraphScope implements Scope {
  private final Graph graph;
  private final Map<String, Integer> taken;
  private final String prefix;
  private final String opName;
  private final List<Operation> controls;
  private final DeviceSpec device;
  private final boolean init;

  private GraphScope(
      Graph graph,
      Map<String, Integer> taken,
      String prefix,
      String opName,
      List<Operation> controls,
      DeviceSpec device,
      boolean init) {
    this.graph = graph;
    this.taken = taken;
    this.prefix = prefix;
    this.opName = opName;
    this.controls = controls;
    this.device = device;
    this.init = init;
  }

  /**
   * Ops that are added to a graph. All that is added to one graph should come from one of these:
   * two of them would give two scopes the same name.
   */
  public static Ops ops(Graph graph) {
    GraphScope root =
        new GraphScope(
            graph, new HashMap<>(), "", "", List.of(), DeviceSpec.newBuilder().build(), false);
    return Ops.create(new Root(graph, root));
  }

  /** The graph that ops of a scope go to, of either kind. */
  @Override
  public Graph env() {
    return graph;
  }

  @Override
  public GraphScope withSubScope(String childScopeName) {
    String path = unique(opName.isEmpty() ? childScopeName : opName);
    return new GraphScope(graph, taken, path + "/", "", controls, device, init);
  }

  @Override
  public GraphScope withName(String name) {
    requireName(name);
    return new GraphScope(graph, taken, prefix, name, controls, device, init);
  }

  @Override
  public GraphScope withNameAsSubScope(String defaultName) {
    return withSubScope(defaultName);
  }

  @Override
  public GraphScope withDevice(DeviceSpec newDevice) {
    return new GraphScope(graph, taken, prefix, opName, controls, newDevice, init);
  }

  @Override
  public GraphScope withInitScope() {
    return new GraphScope(graph, taken, prefix, opName, List.of(), device, true);
  }

  @Override
  public String makeOpName(String defaultName) {
    return unique(opName.isEmpty() ? defaultName : opName);
  }

  @Override
  public String makeUnique(String id) {
    return unique(id).substring(prefix.length());
  }

  /** Nothing to do: a name is looked up in the graph before it is given. */
  @Override
  public void refreshNames() {}

  @Override
  public GraphScope withControlDependencyOps(Iterable<Operation> newControls) {
    List<Operation> all = StreamSupport.stream(newControls.spliterator(), false).toList();
    for (Operation control : all) {
      graph.checkInput(control);
      if (init && !graph.isInitializer(control)) {
        throw new IllegalArgumentException(
            "control input of an initializer: found "
                + control.name()
                + ", wanted an initializer itself");
      }
    }
    List<Operation> kept = all.stream().filter(this::constrains).toList();
    return new GraphScope(graph, taken, prefix, opName, kept, device, init);
  }

  @Override
  public OperationBuilder apply(OperationBuilder builder) {
    builder.setDevice(device.toString());
    controls.stream().filter(this::constrains).forEach(builder::addControlInput);
    return builder;
  }

  /** An initializer runs before everything else: only another one need wait for it. */
  private boolean constrains(Operation control) {
    return init || !graph.isInitializer(control);
  }

  @Override
  public String getDeviceString() {
    return device.toString();
  }

  @Override
  public boolean isInit() {
    return init;
  }

  /** The prefix and {@code id}, the second time {@code id_1}. */
  private String unique(String id) {
    requireName(id);
    String path = prefix + id;
    int count = taken.getOrDefault(path, 0);
    String name = count == 0 ? path : path + "_" + count;
    while (taken.containsKey(name) || graph.operation(name) != null) {
      count++;
      name = path + "_" + count;
    }
    taken.put(path, count + 1);
    if (!name.equals(path)) {
      taken.put(name, 1);
    }
    return name;
  }

  private static void requireName(String name) {
    if (!Scope.isValidOpName(name)) {
      throw new IllegalArgumentException(
          "name of an op: found '" + name + "', wanted letters, digits, '.', '_' and '-'");
    }
  }

  /** A graph whose ops start at a scope of ours; {@code Ops} can be made in no other way. */
  private record Root(Graph graph, GraphScope baseScope) implements ExecutionEnvironment {
    @Override
    public OperationBuilder opBuilder(String type, String name, Scope scope) {
      return graph.opBuilder(type, name, scope);
    }

    @Override
    public void attachFunction(ConcreteFunction function) {
      graph.attachFunction(function);
    }

    @Override
    public void checkInput(Operation input) {
      graph.checkInput(input);
    }

    @Override
    public Types environmentType() {
      return graph.environmentType();
    }

    @Override
    public boolean isInitializer(Operation op) {
      return graph.isInitializer(op);
    }
  }
}
