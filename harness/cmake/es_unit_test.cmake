# SPDX-License-Identifier: GPL-2.0-or-later
# es_unit_test(<tests/unit/<module>_<noun>_test.c>)
# One Criterion program, run from the top of the source tree as unit.<module>.<noun>.
function(es_unit_test source)
    cmake_path(GET source STEM program)
    if(NOT program MATCHES "^([a-z0-9]+)_([a-z0-9_]+)_test$")
        message(FATAL_ERROR "${source}: a unit test is called <module>_<noun>_test.c")
    endif()
    set(module "${CMAKE_MATCH_1}")
    set(noun "${CMAKE_MATCH_2}")
    if(ES_MODULES AND NOT module IN_LIST ES_MODULES)
        return()
    endif()
    add_executable(${program} "${source}")
    target_link_libraries(${program} PRIVATE es_testing es_criterion)
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                "${PROJECT_BINARY_DIR}/tests/unit")
    add_test(NAME unit.${module}.${noun}
             COMMAND "${PROJECT_SOURCE_DIR}/tests/support/run_unit.sh"
                     $<TARGET_FILE:${program}>
                     "${PROJECT_BINARY_DIR}/tests/unit/${program}.out"
             WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(unit.${module}.${noun} PROPERTIES LABELS unit TIMEOUT 60)
endfunction()
