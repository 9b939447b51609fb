# What contrib/check wants to know beside the tests, as tests too, so that one ctest run decides. They build
# and run whole trees or use all cores, so nothing else runs at the same time. `ctest -LE whole` leaves them
# out.
function(add_whole_check name)
    add_test(NAME whole/${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(whole/${name} PROPERTIES LABELS whole RUN_SERIAL ON TIMEOUT 1500)
endfunction()

cmake_path(GET PROJECT_BINARY_DIR PARENT_PATH builds)

# add_preset_check(PRESET): builds it beside this build, and runs its tests.
function(add_preset_check preset)
    add_whole_check(${preset} ${CMAKE_CTEST_COMMAND} --build-and-test ${PROJECT_SOURCE_DIR} ${builds}/${preset}
        --build-generator Ninja
        --build-options --preset ${preset}
        --test-command ${CMAKE_CTEST_COMMAND} --parallel ${NANODNSD_CORES} --timeout 120 --output-on-failure)
endfunction()

cmake_host_system_information(RESULT NANODNSD_CORES QUERY NUMBER_OF_LOGICAL_CORES)
add_whole_check(format contrib/lint format)
add_whole_check(tidy contrib/lint tidy ${builds}/tidy)
add_whole_check(memcheck contrib/memcheck ${PROJECT_BINARY_DIR})
add_preset_check(asan)
add_preset_check(fuzz)
add_whole_check(systemd tests/nspawn/run ${PROJECT_BINARY_DIR})
add_whole_check(install tests/install/run) # with the lines of README.md, and contrib/run
# the others: contrib/platforms
add_whole_check(debian13 tests/platforms/run trixie-amd64 acceptance tests)
add_whole_check(arm64 tests/platforms/run trixie-arm64 acceptance)
