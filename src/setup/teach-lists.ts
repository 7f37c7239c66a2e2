// Changes the C++ source of tfjs-node's binding before it is compiled, so that attributes of TensorFlow operations can
// be lists of texts or lists of types. The original binding supports only lists of numbers. TensorFlow's fused
// operations (convolution, bias, addition and ReLU in one) also need lists of texts and of types.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';

interface ListCase {
  /**
   * Line of the C++ source that begins the code for attributes of one type. The code for lists is inserted after this
   * line.
   */
  readonly line: string;
  /** C++ code that declares the vectors for a list of `length` elements. */
  readonly vectors: string;
  /** C++ code that reads element `i` of the list into the vectors. */
  readonly take: string;
  /** C++ code that passes the vectors to TensorFlow. */
  readonly set: string;
}

const CASES: readonly ListCase[] = [
  {
    line: 'case TF_ATTR_STRING: {',
    vectors:
      'std::vector<std::string> texts(length); std::vector<const void *> values(length); std::vector<size_t> sizes(length);',
    take: 'nstatus = GetStringParam(env, element, texts[i]); values[i] = texts[i].data(); sizes[i] = texts[i].size();',
    set: 'TFE_OpSetAttrStringList(tfe_op, attr_name, values.data(), sizes.data(), static_cast<int>(length));',
  },
  {
    line: 'case TF_ATTR_TYPE: {',
    vectors: 'std::vector<TF_DataType> types(length);',
    take: 'int32_t type; nstatus = napi_get_value_int32(env, element, &type); types[i] = static_cast<TF_DataType>(type);',
    set: 'TFE_OpSetAttrTypeList(tfe_op, attr_name, types.data(), static_cast<int>(length));',
  },
];

/**
 * Adds the code for lists to `source`, the path of a C++ file of tfjs-node's binding.
 * @throws FailureError `unexpected-source` if the file is missing or is not the expected version
 */
export async function teachLists(source: string): Promise<void> {
  let text = existsSync(source) ? await readFile(source, 'utf8') : '';
  for (const each of CASES) {
    if (text.split(each.line).length !== 2) fail(failure('unexpected-source', { file: source, line: each.line }));
    text = text.replace(each.line, each.line + listCode(each));
  }
  await writeFile(source, text);
}

const listCode = ({ vectors, take, set }: ListCase): string => `
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        ${vectors}
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          ${take}
          ENSURE_NAPI_OK(env, nstatus);
        }
        ${set}
        break;
      }
`;
