# Checks of whole trees are tests as well, so that one run of ctest gives the verdict. `ctest -LE whole` leaves them out.
cmake_host_system_information(RESULT NANODNSD_CORES QUERY NUMBER_OF_LOGICAL_CORES)
cmake_path(GET PROJECT_BINARY_DIR PARENT_PATH builds)

# add_whole_check(NAME CORES COMMAND...): ctest runs other tests at the same time if more cores than CORES are there.
function(add_whole_check name cores)
    add_test(NAME whole/${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(whole/${name} PROPERTIES LABELS whole PROCESSORS ${cores} TIMEOUT 3000)
    if(cores EQUAL 1)
        set_tests_properties(whole/${name} PROPERTIES COST 100) # starts first, beside the other tests
    endif()
endfunction()

# add_preset_check(PRESET): builds the preset in a folder beside this one, and runs its tests.
function(add_preset_check preset)
    add_whole_check(${preset} ${NANODNSD_CORES} ${CMAKE_CTEST_COMMAND}
        --build-and-test ${PROJECT_SOURCE_DIR} ${builds}/${preset}
        --build-generator Ninja
        --build-options --preset ${preset}
        --test-command ${PROJECT_SOURCE_DIR}/tests/failures_only ${CMAKE_CTEST_COMMAND} --parallel ${NANODNSD_CORES} --timeout 120 --output-on-failure)
endfunction()

add_whole_check(format 1 contrib/lint format)
add_whole_check(tidy ${NANODNSD_CORES} contrib/lint tidy ${builds}/tidy)
add_whole_check(memcheck 1 contrib/memcheck ${PROJECT_BINARY_DIR})
add_preset_check(asan)
add_preset_check(fuzz)
add_whole_check(systemd 1 tests/nspawn/run ${PROJECT_BINARY_DIR})
add_whole_check(package 1 tests/nspawn/run --package ${PROJECT_BINARY_DIR})
add_whole_check(container 1 tests/container/run ${PROJECT_BINARY_DIR})
add_whole_check(install ${NANODNSD_CORES} tests/install/run) # the commands of README.md and GUIDE.md, and contrib/run
# for the other platforms: contrib/platforms
add_whole_check(debian13 ${NANODNSD_CORES} tests/platforms/run trixie-amd64 acceptance tests)
add_whole_check(arm64 ${NANODNSD_CORES} tests/platforms/run trixie-arm64 acceptance)
