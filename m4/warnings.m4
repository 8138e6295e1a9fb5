# MP_WARNINGS - the warnings that the code is clean under (STYLE card).
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A table's row may end before its last members, which are then zero.
AC_DEFUN([MP_WARNINGS], [
  MP_WARN_CFLAGS=
  for flag in -Wall -Wextra -Wshadow -Wconversion -Wformat=2 \
      -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition \
      -Wwrite-strings -Wcast-qual -Wundef -Wvla -Wswitch-enum \
      -Wnull-dereference -Wduplicated-cond -Wduplicated-branches \
      -Wlogical-op -Wpointer-arith -Walloca -Wdate-time \
      -Wno-missing-field-initializers; do
    MP_TRY_CFLAG([$flag], [MP_WARN_CFLAGS="$MP_WARN_CFLAGS $flag"])
  done
  AS_IF([test "x$enable_werror" = xyes],
    [MP_WARN_CFLAGS="$MP_WARN_CFLAGS -Werror"])
  AC_SUBST([MP_WARN_CFLAGS])
])

# MP_TRY_CFLAG(FLAG, IF-ACCEPTED)
AC_DEFUN([MP_TRY_CFLAG], [
  AC_MSG_CHECKING([whether $CC accepts $1])
  mp_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes])
     CFLAGS=$mp_save_CFLAGS
     $2],
    [AC_MSG_RESULT([no])
     CFLAGS=$mp_save_CFLAGS])
])
