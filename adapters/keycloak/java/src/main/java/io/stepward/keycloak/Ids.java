package io.stepward.keycloak;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.UUID;

/** Random values. Tests bring their own. */
interface Ids {
  /** Of an action instance, a UUIDv7: random, so that a login begun anew never meets the answer of an old one. */
  String key();

  /** 128 bits, for one consume and its repetition. */
  String consumeKey();

  /** 256 bits, of a browser. */
  String device();

  Ids SECURE =
      new Ids() {
        private final SecureRandom random = new SecureRandom();

        @Override
        public String key() {
          byte[] bytes = bytes(16);
          long low = (longAt(bytes, 0) & 0x3fffffffffffffffL) | 0x8000000000000000L;
          long high = (System.currentTimeMillis() << 16) | 0x7000L | (longAt(bytes, 8) & 0xfffL);
          return new UUID(high, low).toString();
        }

        @Override
        public String consumeKey() {
          return text(16);
        }

        @Override
        public String device() {
          return text(32);
        }

        private String text(int length) {
          return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(length));
        }

        private byte[] bytes(int length) {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          return bytes;
        }

        private long longAt(byte[] bytes, int offset) {
          return ByteBuffer.wrap(bytes).getLong(offset);
        }
      };
}
