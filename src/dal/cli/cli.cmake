dal_layer(cli DEPENDS sema infer interp jit circuit lower rtl)
