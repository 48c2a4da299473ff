# The library: every room that a program with a memory needs, under one name, memllm::memllm.
set(MEMLLM_LIBRARY_ROOMS base sql embed vectors llm store language infer search call write read ask engine)
add_library(memllm_library INTERFACE)
add_library(memllm::memllm ALIAS memllm_library)
target_include_directories(memllm_library INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_features(memllm_library INTERFACE cxx_std_20)
# Only the public headers are found by who links it; the rooms are linked alone.
foreach(room ${MEMLLM_LIBRARY_ROOMS})
  target_link_libraries(memllm_library INTERFACE $<LINK_ONLY:memllm_${room}>)
endforeach()
