package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Interpreter of the binary part of Python's pickle protocols 2 to 5 (Lib/pickletools.py), which
 * builds plain Java values and runs nothing: a global is looked up in an allow-list, and its call
 * is a Java function. Text opcodes, extensions and out-of-band buffers are refused.
 *
 * <p>Values: null, Boolean, Long, BigInteger, Double, String, byte[], List, Map, Set and what the
 * {@link PickleContext} gives.
 */
final class Unpickler {
  private static final int MAX_OPCODES = 1 << 22;
  private static final int MAX_MEMO = 1 << 20;
  private static final int MAX_BYTES = 1 << 26;
  private static final int MAX_PROTOCOL = 5;

  private final PickleInput in;
  private final PickleContext context;
  private final PickleStack stack;
  private final Map<Integer, Object> memo = new HashMap<>();

  private Unpickler(PickleInput in, PickleContext context) {
    this.in = in;
    this.context = context;
    this.stack = new PickleStack();
  }

  /**
   * Reads one pickle and leaves the buffer behind its end.
   *
   * @param in begins with the pickle; little-endian
   * @throws WeightFileException naming the position, if the pickle is damaged or asks for more
   */
  static Object read(MappedSource source, String subject, ByteBuffer in, PickleContext context) {
    if (in.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("buffer must be little-endian");
    }
    int start = in.position();
    ByteBuffer limited = in.slice(start, Math.min(MAX_BYTES, in.remaining()));
    PickleInput input = new PickleInput(source, subject, limited.order(ByteOrder.LITTLE_ENDIAN));
    Unpickler unpickler = new Unpickler(input, context);
    Object root = unpickler.run();
    in.position(start + input.position());
    return root;
  }

  private Object run() {
    int count = 0;
    while (true) {
      int opcode = in.opcode();
      if (++count > MAX_OPCODES) {
        throw in.wrong("more than " + MAX_OPCODES + " opcodes", "a smaller pickle");
      }
      if (opcode == '.') {
        return guarded(stack::result);
      }
      guarded(
          () -> {
            step(opcode);
            return null;
          });
    }
  }

  /** Gives errors of the stack machine their position. */
  private <T> T guarded(Supplier<T> action) {
    try {
      return action.get();
    } catch (IllegalArgumentException | ClassCastException e) {
      throw in.wrong(String.valueOf(e.getMessage()), "a pickle of plain data", e);
    }
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.unsigned(1));
      case 0x95 -> frame();
      case '(' -> stack.mark();
      case '0' -> stack.discard();
      case '1' -> stack.popMark();
      case '2' -> stack.push(stack.peek());
      case 'N', 0x88, 0x89, 'J', 'K', 'M', 0x8a, 0x8b, 'G' -> stack.push(number(opcode));
      case 'T', 'U', 'X', 0x8c, 0x8d, 'B', 'C', 0x8e, 0x96 -> stack.push(text(opcode));
      case ')', 't', 0x85, 0x86, 0x87 -> stack.push(tuple(opcode));
      case ']', 'l', 'a', 'e' -> list(opcode);
      case '}', 'd', 's', 'u' -> dictionary(opcode);
      case 0x8f, 0x90, 0x91 -> set(opcode);
      case 'h' -> stack.push(recall(in.unsigned(1)));
      case 'j' -> stack.push(recall(in.length(4)));
      case 'q' -> memorise(in.unsigned(1));
      case 'r' -> memorise(in.length(4));
      case 0x94 -> memorise(memo.size());
      case 'c' -> stack.push(global(in.line(), in.line()));
      case 0x93 -> {
        Object name = stack.pop();
        stack.push(global((String) stack.pop(), (String) name));
      }
      case 'R', 0x81 -> call();
      case 'b' -> {
        Object state = stack.pop();
        context.build(stack.peek(), state);
      }
      case 'Q' -> stack.push(context.persistent(stack.pop()));
      default ->
          throw in.wrong("opcode 0x%02x".formatted(opcode), "a binary opcode of protocols 2 to 5");
    }
  }

  private void protocol(int version) {
    if (version > MAX_PROTOCOL) {
      throw in.wrong("pickle protocol " + version, "at most " + MAX_PROTOCOL);
    }
  }

  /** A frame only announces how many bytes follow. */
  private void frame() {
    long length = in.signed64();
    if (length < 0 || length > in.remaining()) {
      throw in.wrong("a frame of " + length + " bytes", "at most the " + in.remaining() + " left");
    }
  }

  private Object number(int opcode) {
    return switch (opcode) {
      case 'N' -> null;
      case 0x88 -> true;
      case 0x89 -> false;
      case 'K' -> (long) in.unsigned(1);
      case 'M' -> (long) in.unsigned(2);
      case 'J' -> (long) in.signed32();
      case 'G' -> Double.longBitsToDouble(Long.reverseBytes(in.signed64()));
      default -> in.integer(opcode == 0x8a ? in.unsigned(1) : in.length(4));
    };
  }

  private Object text(int opcode) {
    return switch (opcode) {
      case 'U' -> in.utf8(in.bytes(in.unsigned(1)));
      case 'T', 'X' -> in.utf8(in.bytes(in.length(4)));
      case 0x8c -> in.utf8(in.bytes(in.unsigned(1)));
      case 0x8d -> in.utf8(in.bytes(in.length(8)));
      case 'C' -> in.bytes(in.unsigned(1));
      case 'B' -> in.bytes(in.length(4));
      default -> in.bytes(in.length(8));
    };
  }

  private Object tuple(int opcode) {
    return new PickleTuple(
        switch (opcode) {
          case ')' -> List.of();
          case 't' -> stack.popMark();
          default -> stack.pop(opcode - 0x84);
        });
  }

  private void list(int opcode) {
    switch (opcode) {
      case ']' -> stack.push(new ArrayList<Object>());
      case 'l' -> stack.push(stack.popMark());
      default -> {
        List<Object> items = opcode == 'a' ? stack.pop(1) : stack.popMark();
        PickleValues.append(stack.peek(), items);
      }
    }
  }

  private void dictionary(int opcode) {
    switch (opcode) {
      case '}' -> stack.push(new LinkedHashMap<Object, Object>());
      case 'd' -> {
        List<Object> items = stack.popMark();
        Map<Object, Object> map = new LinkedHashMap<>();
        PickleValues.put(map, items);
        stack.push(map);
      }
      default -> {
        List<Object> items = opcode == 's' ? stack.pop(2) : stack.popMark();
        PickleValues.put(stack.peek(), items);
      }
    }
  }

  private void set(int opcode) {
    switch (opcode) {
      case 0x8f -> stack.push(new LinkedHashSet<Object>());
      case 0x90 -> {
        List<Object> items = stack.popMark();
        PickleValues.add(stack.peek(), items);
      }
      default -> stack.push(PickleValues.set(stack.popMark()));
    }
  }

  private void call() {
    Object arguments = stack.pop();
    Object callee = stack.pop();
    if (!(callee instanceof PickleGlobal function) || !(arguments instanceof PickleTuple tuple)) {
      throw in.wrong("a call of " + PickleValues.kind(callee), "one of an allowed global");
    }
    try {
      stack.push(function.call().apply(tuple));
    } catch (IllegalArgumentException | ClassCastException | IndexOutOfBoundsException e) {
      throw in.wrong(e.getMessage(), "arguments of " + function.name(), e);
    }
  }

  private Object global(String module, String name) {
    String qualified = module + "." + name;
    Object value = context.global(qualified);
    if (value == null) {
      throw in.wrong(
          "global " + qualified, "plain tensors and containers: nothing else is allowed");
    }
    return value;
  }

  private void memorise(int index) {
    memo.put(index, stack.peek());
    if (memo.size() > MAX_MEMO) {
      throw in.wrong("more than " + MAX_MEMO + " memo entries", "a smaller pickle");
    }
  }

  private Object recall(int index) {
    if (!memo.containsKey(index)) {
      throw in.wrong("memo " + index, "one that was stored");
    }
    return memo.get(index);
  }
}
