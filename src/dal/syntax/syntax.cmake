dal_layer(syntax DEPENDS numeric array)
