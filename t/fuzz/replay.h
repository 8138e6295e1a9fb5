/* replay.h - what a fuzz target is, and how it runs without a fuzzer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A target is t/fuzz/NAME.c with the two symbols below; it asserts what must
 * hold for any input.  Linked with replay.c it is a test that feeds every file
 * of t/fuzz/corpus/NAME whole, cut short at up to 256 lengths, and with bytes
 * changed at random.  Built by clang -fsanitize=fuzzer without replay.c it is
 * a fuzzer.
 */
#ifndef MPANEL_T_FUZZ_REPLAY_H
#define MPANEL_T_FUZZ_REPLAY_H

#include <stddef.h>
#include <stdint.h>

/* The folder of the corpus. */
extern const char fuzz_name[];
/* libFuzzer's entry; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
