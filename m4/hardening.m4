# MP_HARDENING - compiler and linker hardening, or a sanitizer build.
# SPDX-License-Identifier: AGPL-3.0-or-later
AC_DEFUN([MP_HARDENING], [
  MP_HARD_CFLAGS="-fno-strict-aliasing"
  MP_HARD_LDFLAGS=
  AS_IF([test "x$enable_sanitize" = xyes], [
    MP_HARD_CFLAGS="$MP_HARD_CFLAGS -fsanitize=address,undefined \
-fno-sanitize-recover=all -fno-omit-frame-pointer"
    MP_HARD_LDFLAGS="-fsanitize=address,undefined"
    AC_DEFINE([MP_SANITIZE], [1], [a sanitizer build: it must stay dumpable])
  ], [
    # _FORTIFY_SOURCE needs optimisation; a -O0 debug build does without.
    AS_CASE([" $CFLAGS "], [*" -O0 "*], [], [
      MP_TRY_CFLAG([-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3],
        [MP_HARD_CFLAGS="$MP_HARD_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])])
    for flag in -fstack-protector-strong -fstack-clash-protection \
        -fcf-protection -ftrivial-auto-var-init=zero -fPIE; do
      MP_TRY_CFLAG([$flag], [MP_HARD_CFLAGS="$MP_HARD_CFLAGS $flag"])
    done
    MP_HARD_LDFLAGS="-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack"
  ])
  AS_IF([test "x$enable_coverage" = xyes], [
    MP_HARD_CFLAGS="$MP_HARD_CFLAGS --coverage"
    MP_HARD_LDFLAGS="$MP_HARD_LDFLAGS --coverage"
  ])
  AC_SUBST([MP_HARD_CFLAGS])
  AC_SUBST([MP_HARD_LDFLAGS])
])
