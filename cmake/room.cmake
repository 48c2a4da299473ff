# memllm_room(NAME [QUICK_COMPILE] [SHOWS room…] [USES room…] [TESTS_USE room…] [SHOWS_LIBS library…] [LIBS library…])
#
# One static library memllm_NAME from the folder's .cpp files, and one test program memllm_NAME_test from its *_test.cpp files. A room's
# headers are found as "NAME/header.h" by those only that link it: every room has an include folder of its own, in the build folder, whose
# one entry is a link to the room. So the build refuses the header of a room that is not named here.
#   SHOWS       rooms whose headers this room's headers include: who uses this room sees them too
#   USES        rooms that only its .cpp files include
#   TESTS_USE   rooms that only its tests include
#   SHOWS_LIBS, LIBS   the same for libraries
#   QUICK_COMPILE      for rooms that only talk to people, and for all tests: half the compile time, and their speed is felt nowhere
set(MEMLLM_QUICK_COMPILE $<$<CONFIG:Release>:-O1>)
function(memllm_room name)
  cmake_parse_arguments(ROOM "QUICK_COMPILE" "" "SHOWS;USES;TESTS_USE;SHOWS_LIBS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  foreach(kind SHOWS USES TESTS_USE)
    list(TRANSFORM ROOM_${kind} PREPEND memllm_)
  endforeach()

  set(include_folder ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${include_folder})
  if(NOT EXISTS ${include_folder}/${name})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_folder}/${name} SYMBOLIC)
  endif()

  if(sources)
    add_library(memllm_${name} STATIC ${sources})
    memllm_warnings(memllm_${name})
    target_include_directories(memllm_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${include_folder}>)
    target_link_libraries(memllm_${name} PUBLIC ${ROOM_SHOWS} ${ROOM_SHOWS_LIBS} PRIVATE ${ROOM_USES} ${ROOM_LIBS})
  else()
    add_library(memllm_${name} INTERFACE)
    target_include_directories(memllm_${name} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${include_folder}>)
    target_link_libraries(memllm_${name} INTERFACE ${ROOM_SHOWS} ${ROOM_SHOWS_LIBS})
  endif()
  if(MEMLLM_TESTS AND tests)
    add_executable(memllm_${name}_test ${tests})
    memllm_warnings(memllm_${name}_test)
    target_link_libraries(memllm_${name}_test PRIVATE memllm_${name} ${ROOM_USES} ${ROOM_TESTS_USE} ${ROOM_LIBS} GTest::gtest GTest::gtest_main)
    target_compile_options(memllm_${name}_test PRIVATE ${MEMLLM_QUICK_COMPILE})
    add_test(NAME ${name} COMMAND memllm_${name}_test)
  endif()
  if(ROOM_QUICK_COMPILE)
    target_compile_options(memllm_${name} PRIVATE ${MEMLLM_QUICK_COMPILE})
  endif()
endfunction()

# memllm_program(NAME room… LIBS library…): main.cpp of this folder.
function(memllm_program name)
  cmake_parse_arguments(PROGRAM "" "" "LIBS" ${ARGN})
  set(rooms ${PROGRAM_UNPARSED_ARGUMENTS})
  list(TRANSFORM rooms PREPEND memllm_)
  add_executable(${name} main.cpp)
  memllm_warnings(${name})
  target_link_libraries(${name} PRIVATE ${rooms} ${PROGRAM_LIBS})
endfunction()

# -Werror=switch: an enumerator that a switch forgets would be shown as "unknown".
# -Wno-restrict: GCC 12 warns falsely about std::string::operator+ (GCC bug 105651).
function(memllm_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-restrict -Werror=switch $<$<BOOL:${MEMLLM_WERROR}>:-Werror>)
endfunction()
