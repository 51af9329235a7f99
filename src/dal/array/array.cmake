find_package(ZLIB REQUIRED)
dal_layer(array DEPENDS numeric LIBRARIES ZLIB::ZLIB)
