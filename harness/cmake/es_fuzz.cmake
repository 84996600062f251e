# SPDX-License-Identifier: GPL-2.0-or-later
# es_fuzz(<tests/fuzz/fuzz_<name>.c>)
# With ES_FUZZ a libFuzzer program; otherwise the same function with a main that
# replays files. Either way the corpus in tests/fuzz/corpus/<name> is an ordinary test.
function(es_fuzz source)
    cmake_path(GET source STEM program)
    string(REGEX REPLACE "^fuzz_" "" name "${program}")
    set(corpus "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}")
    add_executable(${program} "${source}")
    target_link_libraries(${program} PRIVATE es_engine)
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                "${PROJECT_BINARY_DIR}/tests/fuzz")
    if(ES_FUZZ)
        target_link_options(${program} PRIVATE -fsanitize=fuzzer)
        set(options -runs=0)
    else()
        target_sources(${program} PRIVATE
                       "${PROJECT_SOURCE_DIR}/tests/support/fuzz_replay.c")
        set(options)
    endif()
    add_test(NAME fuzz.${name} COMMAND ${program} ${options} "${corpus}"
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 60)
endfunction()
