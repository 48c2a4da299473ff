# The program, the library as a package for find_package(memllm), headers, models, language packs and documents.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(MEMLLM_PACKAGE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/memllm)
set(MEMLLM_SHARE_FOLDER ${CMAKE_INSTALL_DATADIR}/memllm)
set(MEMLLM_LLAMA_FOLDER ${CMAKE_INSTALL_LIBDIR}/memllm/llama.cpp)

install(TARGETS memllm RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set_target_properties(memllm_library PROPERTIES EXPORT_NAME memllm)
set(library memllm_library)
foreach(room ${MEMLLM_LIBRARY_ROOMS})
  list(APPEND library memllm_${room})
endforeach()
install(TARGETS ${library} EXPORT memllmTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT memllmTargets NAMESPACE memllm:: DESTINATION ${MEMLLM_PACKAGE_FOLDER})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/memllmConfig.cmake.in ${PROJECT_BINARY_DIR}/memllmConfig.cmake
  INSTALL_DESTINATION ${MEMLLM_PACKAGE_FOLDER} PATH_VARS MEMLLM_SHARE_FOLDER MEMLLM_LLAMA_FOLDER)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/memllmConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/memllmConfig.cmake ${PROJECT_BINARY_DIR}/memllmConfigVersion.cmake ${CMAKE_CURRENT_LIST_DIR}/share_folder.cpp
  DESTINATION ${MEMLLM_PACKAGE_FOLDER})
# The llama.cpp that ./run setup built; a system's one is found where it is.
if(EXISTS ${LLAMA_LIB_DIR}/libllama.a)
  get_filename_component(llama_prefix ${LLAMA_LIB_DIR} DIRECTORY)
  install(DIRECTORY ${llama_prefix}/lib ${llama_prefix}/include DESTINATION ${MEMLLM_LLAMA_FOLDER})
endif()

install(DIRECTORY include/memllm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY models/ DESTINATION ${MEMLLM_SHARE_FOLDER}/models FILES_MATCHING PATTERN "*.gguf" PATTERN "*.md")
install(DIRECTORY share/memllm/ DESTINATION ${MEMLLM_SHARE_FOLDER})
install(DIRECTORY ${PROJECT_BINARY_DIR}/share/memllm/ DESTINATION ${MEMLLM_SHARE_FOLDER} OPTIONAL)  # vectors that ./run build made
install(FILES README.md CHANGELOG.md LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
