find_package(ZLIB REQUIRED)
dal_layer(array DEPENDS support LIBRARIES ZLIB::ZLIB)
