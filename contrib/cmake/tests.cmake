# NANODNSD_UNITY_TESTS compiles all tests of a folder together: most of the time goes into headers and templates that
# they share. It halves the CPU time even with precompiled headers. The release build compiles each file alone, so each
# file must include what it uses. Files that cannot be compiled together: compile_alone().
option(NANODNSD_UNITY_TESTS "compile the tests of a folder together" OFF)
function(compile_together target)
    if(NANODNSD_UNITY_TESTS)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
        # names of another file are no shadows, and the generated file includes no headers
        target_compile_options(${target} PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
endfunction()

# compile_as_test(TARGET): without optimisation, because it would cost more time than the tests take, and with the
# headers of GoogleTest precompiled, once for all targets: these are up to half of a test's compile time. Each test
# must include them nevertheless (tests/rules/includes.cpp).
function(compile_as_test target)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
    endif()
    # ccache needs it to cache a file that uses a precompiled header
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
    if(NOT target STREQUAL "googletest_headers")
        target_precompile_headers(${target} REUSE_FROM googletest_headers)
    endif()
endfunction()

# compile_alone(FILE...): their names mean something different in other files of the folder.
function(compile_alone)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

add_custom_target(unit_tests) # all that add_unit_tests() has made

# add_unit_tests(PART FOLDER [link ...]): one executable of tests/FOLDER/*.cpp, linked with the part. If the variable
# filter_of_test_FOLDER is set, only the tests that match it run.
function(add_unit_tests name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
    if(NOT sources)
        return()
    endif()
    string(REPLACE "/" "_" target "test_${folder}")
    add_executable(${target} ${sources})
    add_dependencies(unit_tests ${target})
    compile_together(${target})
    target_link_libraries(${target} PRIVATE ${name} ${ARGN} test_main)
    compile_as_test(${target})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    gtest_discover_tests(${target} TEST_PREFIX "${folder}/" DISCOVERY_TIMEOUT 60
        TEST_FILTER "${filter_of_${target}}" PROPERTIES TIMEOUT 300)
endfunction()

# Fuzzers of what anyone on the internet can send. They run a number of inputs instead of a number of seconds.
set(NANODNSD_MILLION_INPUTS dns_query dns_answer dns_responder)

# add_fuzzer(NAME [link ...]): tests/fuzz/NAME.cpp. With libFuzzer it fuzzes for NANODNSD_FUZZ_SECONDS, starting from
# its corpus. Without, it replays the corpus.
function(add_fuzzer name)
    add_executable(fuzz_${name} fuzz/${name}.cpp)
    target_link_libraries(fuzz_${name} PRIVATE ${ARGN})
    set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name})
    if(NANODNSD_FUZZ)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/corpus/${name})
        set(bound -max_total_time=${NANODNSD_FUZZ_SECONDS})
        if(name IN_LIST NANODNSD_MILLION_INPUTS)
            set(bound -runs=1000000)
        endif()
        add_test(NAME fuzz/${name}
            COMMAND fuzz_${name} ${bound} -timeout=5 -rss_limit_mb=1024
                -print_final_stats=1 ${PROJECT_BINARY_DIR}/corpus/${name} ${corpus})
        set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 600)
    else()
        target_link_libraries(fuzz_${name} PRIVATE replay)
        add_test(NAME corpus/${name} COMMAND fuzz_${name} ${corpus})
    endif()
endfunction()
