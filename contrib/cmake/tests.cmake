# One compilation a folder of tests in place of one a file: where everything is built at once anyway, most of
# the time goes into reading the same headers again. The release build compiles each file by itself, so that
# each names what it needs. Files that can not share a compilation stay alone.
option(NANODNSD_UNITY_TESTS "compile the tests of a folder together" OFF)
function(compile_together target)
    if(NANODNSD_UNITY_TESTS)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
        # a neighbour's names are nobody's fault, and what is included is no header
        target_compile_options(${target} PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
endfunction()

# compile_alone(FILE...): names of theirs mean something else in other files of the folder.
function(compile_alone)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

add_custom_target(unit_tests) # all that add_unit_tests() has made

# add_unit_tests(PART): tests/PATH/PART/*.cpp (or PART.cpp) against the part, one executable a folder. Those
# that match filter_of_test_PATH_PART run, where there is one.
function(add_unit_tests name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
    if(NOT sources)
        return()
    endif()
    string(REPLACE "/" "_" target "test_${folder}")
    add_executable(${target} ${sources})
    add_dependencies(unit_tests ${target})
    compile_together(${target})
    target_link_libraries(${target} PRIVATE ${name} ${ARGN} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${target} PRIVATE TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        # what is tested is optimised; the tests themselves only take longer to compile
        target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
    endif()
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    gtest_discover_tests(${target} TEST_PREFIX "${folder}/" DISCOVERY_TIMEOUT 60
        TEST_FILTER "${filter_of_${target}}" PROPERTIES TIMEOUT 300)
endfunction()

# Fuzzers of what anybody on the internet may send: they run a number of inputs, however long it takes.
set(NANODNSD_MILLION_INPUTS dns_query dns_answer dns_responder)

# add_fuzzer(NAME [link ...]): tests/fuzz/NAME.cpp. With libFuzzer it fuzzes for a short while on a copy of
# its corpus; without, it replays the corpus.
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
        target_sources(fuzz_${name} PRIVATE fuzz/replay.cpp)
        add_test(NAME corpus/${name} COMMAND fuzz_${name} ${corpus})
    endif()
endfunction()
