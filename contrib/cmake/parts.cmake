# All is compiled to be small, compile_small(TARGET), but for what each datagram meets, and each line of a long
# config: compile_fast(FILE...).
function(compile_small target)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti) # nothing is thrown: privsep/fail.h
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        target_compile_options(${target} PRIVATE -Oz -fno-unwind-tables -fno-asynchronous-unwind-tables)
    endif()
    if(NANODNSD_LTO)
        # machine code too, so that tests, which are many, link as fast as without
        target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
    endif()
endfunction()

function(compile_fast)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -O2)
    endif()
endfunction()

# A folder of sources is a library of the folder's name: add_part(NAME [link ...]).
function(add_part name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
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

# The process of the folder NAME: its main.cpp and its part. add_process(NAME EXECUTABLE DIRECTORY [link ...])
function(add_process name executable directory)
    add_executable(${name}_process ${name}/main.cpp)
    target_link_libraries(${name}_process PRIVATE ${name} ${ARGN})
    compile_small(${name}_process)
    if(NANODNSD_SANITIZE)
        target_sources(${name}_process PRIVATE ${PROJECT_SOURCE_DIR}/tests/sanitizers/options.cpp)
    endif()
    set_target_properties(${name}_process PROPERTIES
        OUTPUT_NAME ${executable}
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${directory}
        INTERPROCEDURAL_OPTIMIZATION "${NANODNSD_LTO}")
    # what of it is ours, and what the run time's: contrib/sizes
    target_link_options(${name}_process PRIVATE -Wl,-Map=$<TARGET_FILE:${name}_process>.map)
    if(NANODNSD_LTO)
        target_link_options(${name}_process PRIVATE -flto-partition=one)
    endif()
    if(directory MATCHES "^libexec")
        # Not readable but for root: then the kernel lets nobody else trace what runs it, the owner of the user
        # namespace that it may run in included.
        install(TARGETS ${name}_process RUNTIME DESTINATION ${directory}
            PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
    else()
        install(TARGETS ${name}_process RUNTIME DESTINATION ${directory})
    endif()
endfunction()
