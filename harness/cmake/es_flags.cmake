# SPDX-License-Identifier: GPL-2.0-or-later
# es_flags carries language, warnings and sanitizers; every target of ours links it.
add_library(es_flags INTERFACE)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

target_compile_definitions(es_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(
    es_flags
    INTERFACE -Wall
              -Wextra
              -Wshadow
              -Wconversion
              -Wstrict-prototypes
              -Wmissing-prototypes
              -Wswitch-enum
              -Wvla
              -fno-common
              # Paths in messages start at the top of the source tree.
              "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(ES_WERROR)
    target_compile_options(es_flags INTERFACE -Werror)
endif()
if(ES_SANITIZE)
    target_compile_options(
        es_flags INTERFACE "-fsanitize=${ES_SANITIZE}" -fno-sanitize-recover=all
                           -fno-omit-frame-pointer)
    target_link_options(es_flags INTERFACE "-fsanitize=${ES_SANITIZE}")
endif()
if(ES_FUZZ)
    # Coverage feedback for every object; only the fuzz targets get libFuzzer's main.
    target_compile_options(es_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(ES_CCACHE ccache)
if(ES_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER "${ES_CCACHE}")
endif()
