# Everything is compiled for size, compile_small(TARGET), except what runs for each datagram or for each line of a long
# config: compile_fast(FILE...).
function(compile_small target)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti) # nothing is thrown: privsep/fail.h
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(${target} PRIVATE -Oz -fno-unwind-tables -fno-asynchronous-unwind-tables)
    elseif(NANODNSD_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL "Debug")
        target_compile_options(${target} PRIVATE -O1) # the slowest tests take a third of the time
    endif()
    if(NANODNSD_LTO)
        # with machine code as well, so that the tests, which are many, link without LTO
        target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
    endif()
endfunction()

function(compile_fast)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O2)
    endif()
endfunction()

# add_part(NAME [link ...]): a library of the sources in the folder NAME and the folders in it.
function(add_part name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp
        ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC ${ARGN})
        compile_small(${name})
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${ARGN})
    endif()
endfunction()

# add_process(NAME EXECUTABLE DIRECTORY [link ...]): the executable of the folder NAME: its main.cpp and its part.
# The target `processes` builds all of them.
add_custom_target(processes)
function(add_process name executable directory)
    add_executable(${executable}_process ${name}/main.cpp)
    target_link_libraries(${executable}_process PRIVATE ${name} ${ARGN})
    add_dependencies(processes ${executable}_process)
    compile_small(${executable}_process)
    if(NANODNSD_SANITIZE)
        target_sources(${executable}_process PRIVATE ${PROJECT_SOURCE_DIR}/tests/sanitizers/options.cpp)
    endif()
    set_target_properties(${executable}_process PROPERTIES
        OUTPUT_NAME ${executable}
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${directory}
        INTERPROCEDURAL_OPTIMIZATION "${NANODNSD_LTO}")
    # contrib/sizes reads it
    target_link_options(${executable}_process PRIVATE -Wl,-Map=$<TARGET_FILE:${executable}_process>.map)
    if(NANODNSD_LTO)
        target_link_options(${executable}_process PRIVATE -flto-partition=one)
    endif()
    if(directory MATCHES "^libexec")
        # Readable by root alone: then the kernel lets no other user trace its processes, not even the owner of the
        # user namespace that it runs in.
        install(TARGETS ${executable}_process RUNTIME DESTINATION ${directory}
            PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
    else()
        install(TARGETS ${executable}_process RUNTIME DESTINATION ${directory})
    endif()
endfunction()
