dnl SPDX-License-Identifier: Apache-2.0
dnl A flag counts only if a real program compiles (and, where it matters,
dnl links and runs) with it.

dnl SL_COMPILE_FLAGS(VARIABLE, FLAGS): keep the flags that compile.
AC_DEFUN([SL_COMPILE_FLAGS], [
  $1=
  sl_saved_cflags=$CFLAGS
  for sl_candidate_flag in m4_normalize([$2]); do
    CFLAGS="$sl_saved_cflags -Werror $sl_candidate_flag"
    AC_MSG_CHECKING([whether $CC accepts $sl_candidate_flag])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       $1="$$1 $sl_candidate_flag"],
      [AC_MSG_RESULT([no])])
  done
  CFLAGS=$sl_saved_cflags
])

dnl SL_RUN_FLAGS(VARIABLE, CFLAGS|LDFLAGS, FLAGS): keep the flags with which
dnl a program compiles, links and runs (links only, when cross compiling).
AC_DEFUN([SL_RUN_FLAGS], [
  $1=
  sl_saved_flags=$$2
  for sl_candidate_flag in m4_normalize([$3]); do
    $2="$sl_saved_flags $sl_candidate_flag"
    AC_MSG_CHECKING([whether programs run with $sl_candidate_flag])
    AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]],
        [[char text[64]; return snprintf(text, sizeof(text), "%d", 7) != 1;]])],
      [AC_MSG_RESULT([yes])
       $1="$$1 $sl_candidate_flag"],
      [AC_MSG_RESULT([no])],
      [AC_MSG_RESULT([not run])])
  done
  $2=$sl_saved_flags
])
