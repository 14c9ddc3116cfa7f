package io.uvit.savedmodels.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
  private static final int MAX_INTEGER_BYTES = 1 << 10;
  private static final int MAX_PROTOCOL = 5;

  private final MappedSource source;
  private final String subject;
  private final ByteBuffer in;
  private final PickleContext context;
  private final PickleStack stack;
  private final Map<Integer, Object> memo = new HashMap<>();
  private int opcodeAt;

  private Unpickler(MappedSource source, String subject, ByteBuffer in, PickleContext context) {
    this.source = source;
    this.subject = subject;
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
    Unpickler unpickler =
        new Unpickler(source, subject, limited.order(ByteOrder.LITTLE_ENDIAN), context);
    Object root = unpickler.run();
    in.position(start + limited.position());
    return root;
  }

  private Object run() {
    int count = 0;
    while (true) {
      opcodeAt = in.position();
      if (++count > MAX_OPCODES) {
        throw wrong("more than " + MAX_OPCODES + " opcodes", "a smaller pickle");
      }
      require(1);
      int opcode = Byte.toUnsignedInt(in.get());
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
      throw new WeightFileException(
          source.path(), at(), String.valueOf(e.getMessage()), "a pickle of plain data", e);
    }
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(unsigned(1));
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
      case 'h' -> stack.push(recall(unsigned(1)));
      case 'j' -> stack.push(recall(length(4)));
      case 'q' -> memorise(unsigned(1));
      case 'r' -> memorise(length(4));
      case 0x94 -> memorise(memo.size());
      case 'c' -> stack.push(global(line(), line()));
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
          throw wrong("opcode 0x%02x".formatted(opcode), "a binary opcode of protocols 2 to 5");
    }
  }

  private void protocol(int version) {
    if (version > MAX_PROTOCOL) {
      throw wrong("pickle protocol " + version, "at most " + MAX_PROTOCOL);
    }
  }

  /** A frame only announces how many bytes follow. */
  private void frame() {
    require(8);
    long length = in.getLong();
    if (length < 0 || length > in.remaining()) {
      throw wrong("a frame of " + length + " bytes", "at most the " + in.remaining() + " left");
    }
  }

  private Object number(int opcode) {
    return switch (opcode) {
      case 'N' -> null;
      case 0x88 -> true;
      case 0x89 -> false;
      case 'K' -> (long) unsigned(1);
      case 'M' -> (long) unsigned(2);
      case 'J' -> {
        require(4);
        yield (long) in.getInt();
      }
      case 'G' -> {
        require(8);
        yield Double.longBitsToDouble(Long.reverseBytes(in.getLong()));
      }
      default -> integer(opcode == 0x8a ? unsigned(1) : length(4));
    };
  }

  private Object integer(int size) {
    if (size > MAX_INTEGER_BYTES) {
      throw wrong("an integer of " + size + " bytes", "at most " + MAX_INTEGER_BYTES);
    }
    byte[] bytes = bytes(size);
    for (int i = 0, j = size - 1; i < j; i++, j--) {
      byte swap = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = swap;
    }
    BigInteger value = size == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  private Object text(int opcode) {
    return switch (opcode) {
      case 'U' -> utf8(bytes(unsigned(1)));
      case 'T', 'X' -> utf8(bytes(length(4)));
      case 0x8c -> utf8(bytes(unsigned(1)));
      case 0x8d -> utf8(bytes(length(8)));
      case 'C' -> bytes(unsigned(1));
      case 'B' -> bytes(length(4));
      default -> bytes(length(8));
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
      throw wrong("a call of " + PickleValues.kind(callee), "one of an allowed global");
    }
    try {
      stack.push(function.call().apply(tuple));
    } catch (IllegalArgumentException | ClassCastException | IndexOutOfBoundsException e) {
      throw new WeightFileException(
          source.path(), at(), e.getMessage(), "arguments of " + function.name(), e);
    }
  }

  private Object global(String module, String name) {
    String qualified = module + "." + name;
    Object value = context.global(qualified);
    if (value == null) {
      throw wrong("global " + qualified, "plain tensors and containers: nothing else is allowed");
    }
    return value;
  }

  private void memorise(int index) {
    memo.put(index, stack.peek());
    if (memo.size() > MAX_MEMO) {
      throw wrong("more than " + MAX_MEMO + " memo entries", "a smaller pickle");
    }
  }

  private Object recall(int index) {
    if (!memo.containsKey(index)) {
      throw wrong("memo " + index, "one that was stored");
    }
    return memo.get(index);
  }

  private String line() {
    int start = in.position();
    int end = start;
    while (end < in.limit() && in.get(end) != '\n') {
      end++;
    }
    String line = utf8(bytes(end - start));
    require(1);
    in.get();
    return line;
  }

  private String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new WeightFileException(source.path(), at(), "other bytes", "UTF-8 text", e);
    }
  }

  private byte[] bytes(int length) {
    require(length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private int unsigned(int size) {
    require(size);
    return size == 1 ? Byte.toUnsignedInt(in.get()) : Short.toUnsignedInt(in.getShort());
  }

  private int length(int size) {
    require(size);
    long length = size == 4 ? Integer.toUnsignedLong(in.getInt()) : in.getLong();
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw wrong("a length of " + Long.toUnsignedString(length), "one inside the pickle");
    }
    return (int) length;
  }

  private void require(int count) {
    if (in.remaining() < count) {
      throw wrong("the end of the data", count + " bytes more");
    }
  }

  private String at() {
    return subject + " at byte " + opcodeAt;
  }

  private WeightFileException wrong(String found, String wanted) {
    return source.wrong(at(), found, wanted);
  }
}
