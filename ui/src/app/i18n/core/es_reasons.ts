// Spanish for each reason that the core can give. A reason without its wording here is a type error.
import type { Reason } from '../../../bridge/index';

export const esReasons: Record<Reason, string> = {
  sign_in_first: 'Inicie sesión primero.',
  signed_out_idle: 'La sesión se cerró porque no hubo actividad durante un rato.',
  role_forbids: 'Su función no lo permite. Pregunte a la administración.',
  call_unreadable: 'La ventana envió una petición que no se puede leer.',
  program_fault: 'No se pudo hacer por un fallo del programa.',
  answer_not_written: 'No se pudo escribir la respuesta.',
  vault_locked: 'La bóveda está bloqueada. Inicie sesión primero.',
  command_unknown: 'Esta versión de RustCare no conoce esa orden.',
  wrong_kind_of_value: 'Un campo tiene un tipo de valor que no corresponde, o falta.',
  one_field_wrong: '1 campo necesita atención.',
  fields_wrong: '{count} campos necesitan atención.',
  value_length: 'Está vacío, o es demasiado corto o demasiado largo.',
  value_range: 'Este número está fuera de los límites.',
  value_not_valid: 'Esto no es válido.',

  vault_absent: 'Aquí todavía no hay ninguna bóveda.',
  vault_held: 'La bóveda ya está abierta: {holder}. Cierre ese programa e inténtelo de nuevo.',
  vault_here: 'En este equipo ya hay una bóveda. No se sobrescribe; retírela antes.',
  vault_in_folder: 'En esta carpeta ya hay una bóveda.',
  vault_on_network: 'La bóveda está en una carpeta de red ({kind}); pásela a un disco de este equipo.',
  vault_damaged: 'La bóveda está dañada.',
  key_parameters_tampered:
    'Los parámetros de la clave están fuera de lo permitido; la cabecera se manipuló o está dañada.',
  trail_broken:
    'El registro no continúa sus puntos firmados. No siga trabajando; restaure una copia o pida ayuda.',
  trail_broken_at: 'El registro está roto en la entrada {entry}.',
  build_unfit: 'Esta instalación no puede guardar una bóveda cifrada.',
  format_newer:
    'La bóveda se hizo con una versión más nueva de RustCare (formato {found}, conocido {known}).',
  folder_not_empty: 'La carpeta no está vacía.',
  wrong_passphrase: 'El nombre o la frase de paso no son correctos.',
  not_present_passphrase: 'Esa no es su frase de paso actual.',
  throttled: 'Demasiados intentos fallidos. Espere {seconds} s e inténtelo de nuevo.',
  wrong_recovery_words: 'Estas palabras no abren la bóveda. Compruebe cada palabra y su orden.',
  wrong_sheet_words: 'No son las dos palabras de la hoja. Compruebe sus números.',
  words_no_longer_shown: 'Las palabras ya no se muestran. Haga una hoja nueva en Administración.',
  passphrase_short: 'Use al menos 15 caracteres: cuatro o cinco palabras se recuerdan bien.',
  passphrase_monotonous: 'Use más caracteres distintos.',
  passphrase_guessable:
    'Es demasiado fácil de adivinar. Use palabras que no tengan que ver con usted ni con el centro.',
  somebody_signed_in: 'Hay una sesión abierta o una tarea en marcha. Bloquee primero e inténtelo de nuevo.',
  no_random_numbers: 'El sistema no da números aleatorios. Reinicie el equipo.',
  file_gone: 'Este archivo ya no está. Elíjalo de nuevo.',
  draft_too_long: 'El borrador es demasiado largo para guardarlo.',
  too_many_drafts: 'Ya hay {count} registros sin terminar. Termine o descarte uno antes de seguir.',

  sign_in_name_form: 'Un nombre de sesión tiene de 2 a 40 letras minúsculas, cifras, puntos o guiones.',
  name_taken: 'Este nombre de sesión ya se usa.',
  no_such_person: 'Esa persona no está en el directorio del personal.',
  last_administrator: 'Es la última persona de administración. Nombre antes a otra.',
  last_custodian: 'Es la última persona que custodia la clave. Nombre antes a otra.',
  not_custodian: 'Solo quien custodia la clave puede dar estos derechos. Pregunte a quien creó la bóveda.',
  administrator_since_sign_in:
    'Inicie sesión otra vez: le dieron la administración después de abrir esta sesión.',
  time_zone_unknown: 'Elija una zona horaria de la lista, por ejemplo Europe/Madrid.',
  prefix_capitals: 'El prefijo son de una a tres letras mayúsculas o cifras.',
  country_letters: 'Escriba las dos letras mayúsculas del país, por ejemplo ES.',

  disk_full: 'El disco está lleno. No se cambió nada. Libere espacio e inténtelo de nuevo.',
  database_refused: 'La base de datos no lo aceptó.',
  system_refused: 'El sistema no lo permitió.',
  backup_cut_short: 'La copia de seguridad no sirve: está cortada.',
  backup_foreign: 'La copia de seguridad no sirve: no es de RustCare.',
  backup_damaged: 'La copia de seguridad no sirve: está dañada.',
  records_in_use: 'No se puede hacer la copia: las historias están en uso. Inténtelo dentro de un minuto.',
  named_file_unreadable: 'No se puede leer {file}.',
  named_file_not_written: 'No se puede escribir {file}.',
  probability_range: 'Indique una probabilidad mayor que 0 y menor que 1.',
  file_not_written: 'No se pudo escribir el archivo ahí. Elija otro lugar.',
  no_place_to_write: 'No hay dónde escribir. Elija una carpeta.',
  plain_file_name: 'Escriba un nombre de archivo sencillo, sin barras.',
  place_gone: 'Este lugar ya no está. Elíjalo de nuevo.',
  place_not_opened: 'Este lugar no se puede abrir. ¿Sigue puesto el disco?',
  folder_not_opened: 'La carpeta no se puede abrir. ¿Sigue puesto el disco?',
  nothing_named: 'Indique al menos un archivo o una carpeta.',
  file_not_json: '{file} no es JSON (línea {line}, columna {column}).',

  job_unknown: 'Esta tarea ya no se conoce.',
  source_forgotten:
    'Ya no se sabe dónde están estos archivos. Elíjalos de nuevo; lo que ya está aquí se reconoce.',
  import_cut_off:
    'RustCare terminó antes que esta importación. Lo guardado se conserva; incorpore los mismos archivos otra vez para el resto.',
  job_fault: 'La tarea se paró por un fallo del programa. Lo que había guardado se conserva.',
  job_cancelled: 'La tarea se canceló.',
  job_still_running: 'Esta importación sigue en marcha.',
  cancel_by_other: 'Solo quien lo empezó, o un administrador, puede cancelarlo.',
  resume_by_other: 'Solo quien empezó esta importación puede continuarla.',
  hand_out_by_other: 'Solo quien empezó esta importación puede entregar esto.',
  no_fhir_file:
    'En lo elegido no hay ningún archivo FHIR. Elija un archivo .json, .ndjson o .zip, o una carpeta que los tenga.',
  no_dicom_file: 'En lo elegido no hay ningún archivo DICOM.',
  practice_not_made: 'No se pudo crear el centro de prácticas. Empiece de nuevo.',
  practice_not_whole: 'El centro de prácticas no quedó completo. Empiece de nuevo.',
  practice_images_not_made: 'No se pudieron crear las imágenes del centro de prácticas. Empiece de nuevo.',

  merge_one_record: 'Es el mismo registro. Elija otro para fusionar.',
  merged_together:
    'Estos dos registros están unidos entre sí. Deshaga primero esa unión, desde la ficha del paciente.',
  merged_already: 'Uno de los dos registros ya se había fusionado. Abra de nuevo al paciente.',
  decided_different: 'Alguien decidió que son dos personas distintas. Anule primero esa decisión.',
  merge_unknown: 'No existe esa fusión.',
  undone_already: 'Esta fusión ya se había deshecho.',
  later_merge_first: 'El paciente se fusionó después con otro. Deshaga primero esa fusión.',
  review_running: 'El registro ya se está comparando. Vea los trabajos en curso.',
  person_number_unknown:
    'El conjunto de datos no tiene ninguna persona con este número. Escriba un número de su tabla de personas.',
  patient_unknown: 'Este paciente no se conoce aquí.',
  record_unknown: 'Esto no se conoce aquí.',
  cohort_no_entry: 'Diga primero de quién se trata: elija un suceso de entrada.',
  cohort_rule_empty: 'La regla {number} no pide nada. Añada un suceso, una edad o un sexo, o quite la regla.',
  cohort_event_empty: 'Elija un código, o diga que vale cualquiera.',
  cohort_too_large: 'Una cohorte puede tener como máximo {most} de estos.',
  cohort_unanswered:
    'La definición pide algo que los registros de aquí no pueden responder. El recuento dice qué.',
  count_superseded: 'Un recuento más reciente ocupó el lugar de este.',
  cohort_unread: 'Esto no es una definición de cohorte que se pueda contar aquí.',
  cohort_file_unread:
    '{file} no contiene una definición de cohorte (OHDSI Circe) que se pueda contar aquí. Elija otro archivo.',
  cohort_unknown: 'Esa cohorte ya no existe. Puede que alguien la haya quitado.',

  cohort_own_codes:
    'La definición nombra {count} códigos propios de esta clínica. Otras bases de datos no los conocen: importe una definición con identificadores de concepto publicados, o créela allí.',
  database_host_form:
    'Escriba solo el nombre o la dirección del servidor, como en db.hospital.org, o la carpeta de su socket, como en /run/postgresql.',
  database_port_form: 'Un puerto es un número de 1 a 65535. El de PostgreSQL es 5432.',
  database_name_missing: 'Falta este dato. Pregunte a quien lleva la base de datos.',
  database_schema_form:
    'El nombre de un esquema tiene letras, dígitos y guiones bajos, primero una letra, como en cdm.',
  database_plain_far_away:
    'Sin cifrado solo se consulta una base de datos de este equipo: la contraseña viajaría sin protección. Active el cifrado.',
  database_socket_encrypted:
    'Un socket no sale de este equipo y no se cifra. Desactive el cifrado, o escriba el nombre del servidor.',
  database_certificates_unread:
    'No son certificados. Pegue el certificado de la autoridad como texto que empieza por BEGIN CERTIFICATE (PEM).',
  database_no_authorities:
    'Este equipo no tiene lista de autoridades de confianza. Añada a la conexión el certificado de la autoridad del servidor.',
  database_host_unknown:
    'No se encontró ningún servidor con ese nombre. Compruebe el nombre y si este equipo está en su red.',
  database_connection_refused:
    'Nadie atiende en ese servidor y puerto. Compruebe ambos y si la base de datos está en marcha.',
  database_unreachable:
    'El servidor no responde. Compruebe la red, el puerto y si hay un cortafuegos en medio.',
  database_not_encrypted:
    'El servidor no cifra, o no como debe. La contraseña no se envió. Pida a quien lo lleva que active TLS.',
  database_not_trusted:
    'El certificado del servidor no es de confianza. La contraseña no se envió. Añada a la conexión el certificado de su autoridad, o pida que lo renueven.',
  database_other_name:
    'El certificado del servidor es para otro nombre. La contraseña no se envió. Escriba el servidor como figura en el certificado.',
  database_not_let_in:
    'La base de datos no deja entrar a este usuario. Compruebe usuario y contraseña, y pregunte si admite usuarios desde este equipo.',
  database_unknown:
    'El servidor no tiene una base de datos con ese nombre, o este usuario no puede abrirla. Compruebe el nombre.',
  database_schema_unknown:
    'La base de datos no tiene un esquema con ese nombre, o este usuario no puede usarlo. Compruebe el esquema, o pida el permiso de uso (USAGE).',
  database_table_missing:
    'El esquema no tiene la tabla {table}. Elija el esquema que contiene las tablas del modelo de datos común OMOP 5.4.',
  database_table_unreadable:
    'Este usuario no puede leer la tabla {table}. Pida el permiso de lectura (SELECT).',
  database_no_temporary_tables:
    'Este usuario no puede crear tablas temporales allí. Pida ese permiso (TEMPORARY), e indique un servidor que no sea una copia de solo lectura.',
  database_step_refused:
    'La base de datos rechazó un paso ({code}). Compruebe que sus tablas son las del modelo de datos común OMOP 5.4.',
  database_connection_lost: 'Se cortó la conexión. No quedó nada allí. Inténtelo de nuevo.',
  database_took_too_long:
    'La base de datos tardó más de {seconds} s y se detuvo. Inténtelo de nuevo cuando tenga menos trabajo.',
  database_answer_unread: 'No se puede leer la respuesta de la base de datos.',
  database_no_sockets: 'Este equipo no pudo preparar una conexión. Reinícielo.',
  database_connection_unknown: 'Esa conexión ya no existe. Pregunte a quien administra.',
  database_password_needed:
    'Escriba la contraseña de esta conexión: usted no tiene la clave de la que está guardada, o no hay ninguna guardada.',
  database_password_not_kept:
    'Solo quien custodia la clave puede guardar una contraseña. Deje que se escriba en cada ejecución.',
  record_changed: 'Otra persona cambió esta ficha entretanto. Ábrala de nuevo; su texto se conserva.',
  already_used: 'Otra ficha ya lo usa.',
  no_secrets_key:
    'Usted no tiene la clave de estos números. Pida a quien custodia la clave que le dé la función otra vez.',
  number_not_on_file: 'Ese número no consta.',
  secrets_at_front_desk: 'Solo recepción puede escribir este número. Déjelo vacío; se puede añadir después.',
  day_form: 'No es una fecha. Escríbala así: 2026-11-24.',

  study_unknown: 'Este estudio no se conoce aquí.',
  series_unknown: 'Esta serie no se conoce aquí.',
  image_unknown: 'Esta imagen no se conoce aquí.',
  decoder_not_starting:
    'El descodificador de imágenes no arranca. Instale RustCare de nuevo; no se tocó ninguna imagen.',
  decoder_stopped: 'El descodificador de imágenes no arranca. Lo incorporado hasta ahora se conserva.',
  images_not_kept: 'No se pudieron guardar las imágenes. Lo incorporado hasta ahora se conserva.',
  picture_not_shown: 'Esta imagen no se puede mostrar.',
  picture_not_shown_because: 'Esta imagen no se puede mostrar fielmente.',
  picture_not_written: 'Esta imagen no se puede escribir.',
  window_too_narrow: 'La anchura de una ventana es al menos 1.',

  name_missing: 'Escriba un nombre o apellidos, o marque «Identidad desconocida».',
  name_part_long: 'Una parte del nombre tiene como máximo 100 caracteres.',
  name_long: 'Un nombre completo tiene como máximo 255 caracteres.',
  long_name_kept: 'Tiene más de 100 caracteres; se conserva como se escribió.',
  name_characters: 'Un nombre tiene letras, guiones, puntos y apóstrofos.',
  birth_missing: 'Escriba la fecha de nacimiento o una edad estimada.',
  birth_in_future: 'Una fecha de nacimiento no puede estar en el futuro.',
  birth_too_long_ago: 'Nadie tiene más de 150 años. Compruebe el año.',
  age_not_a_number: 'Escriba la edad en años enteros.',
  age_out_of_range: 'Una edad está entre 0 y 150 años.',
  sex_missing: 'Elija el sexo; «Desconocido» también es una respuesta.',
  death_in_future: 'Una fecha de defunción no puede estar en el futuro.',
  death_before_birth: 'La fecha de defunción es anterior a la de nacimiento.',
  date_form: 'Escriba día, mes y año, por ejemplo 2 mar 1987.',
  no_such_day: 'Ese día no existe en el calendario. Compruebe día y mes.',
  partial_date_form: 'Una fecha se escribe 1987, 1987-03, 1987-03-02 o con hora.',
  email_long: 'Una dirección de correo tiene como máximo 254 caracteres.',
  email_form: 'Escríbala como nombre@ejemplo.org.',
  phone_digits_only: 'Escriba el número solo con cifras.',
  phone_form: 'No es un número de teléfono. Escríbalo con su prefijo.',
  phone_short: 'El número es demasiado corto. Añada el prefijo.',
  phone_long: 'El número tiene demasiadas cifras.',
  phone_count: 'El número de cifras no corresponde a su país.',
  phone_not_assigned: 'No se conoce esa serie de números. Léaselo al paciente.',
  mrn_characters: 'Un número de historia solo tiene letras de la A a la Z y cifras.',
  mrn_length: 'Un número de historia tiene exactamente 10 letras y cifras.',
  mrn_prefix: 'El prefijo son de una a tres letras o cifras.',
  mrn_block_used_up: 'Todos los números de la serie de este equipo están usados.',
  mrn_used: 'Otro paciente tiene este número de historia.',
  text_long: 'Use como máximo {longest} caracteres aquí.',
  text_characters: 'Use letras, cifras y signos de puntuación aquí.',
  postal_code_us: 'Un código ZIP tiene 5 cifras, o 5 y 4 con un guion.',
  postal_code_ca: 'Un código postal se parece a K1A 0B1.',
  postal_code_gb: 'Un código postal británico se parece a SW1A 1AA.',
  postal_code_four: 'Un código postal tiene 4 cifras.',
  postal_code_five: 'Un código postal tiene 5 cifras.',
  ssn_digits: 'Un número de seguridad social solo tiene cifras.',
  ssn_length: 'Un número de seguridad social tiene exactamente 9 cifras.',
  ssn_taxpayer: 'Es un número fiscal (ITIN). Escríbalo como otro identificador.',
  ssn_nine: 'Ningún número de seguridad social empieza por 9. Compruebe la tarjeta.',
  ssn_never_issued: 'Este número nunca se emitió. Compruebe la tarjeta.',
  insurance_characters: 'Un número de seguro tiene letras de la A a la Z, cifras, guiones, puntos y barras.',
  insurance_length: 'Un número de seguro tiene de 4 a 30 caracteres.',
  identifier_incomplete: 'Un identificador necesita su número y quién lo emitió.',
  identifier_used: 'Otro paciente tiene este identificador. Abra antes a ese paciente.',

  patient_absent:
    'su paciente no está en ninguno de los archivos ni en esta bóveda; incorpore al paciente junto con él',
  patient_refused: 'su paciente fue rechazado; véase allí',
  source_of_other:
    'un paciente de aquí tiene el mismo identificador de origen pero otro nombre u otra fecha de nacimiento, y ningún identificador dice que sean la misma persona; puede venir de otro sistema: registre al paciente a mano',
  merged_source_changed:
    'el registro de este paciente se fusionó aquí con otro y su origen ha cambiado desde entonces: se guarda el nuevo origen, el paciente fusionado no se modifica; compare ambos y corrija a mano',
  older_than_known: 'es más antiguo que lo que aquí se sabe de lo mismo, y no se tomó',
  record_of_other:
    'un registro de otro paciente de aquí tiene el mismo identificador de origen; puede venir de otro sistema',
  identifier_left_out:
    'se dejó fuera un identificador de este paciente: otro paciente de aquí, con otro nombre u otra fecha de nacimiento, ya lo tiene; compare los dos y corrija el equivocado',
  patient_twice: 'este paciente viene dos veces con contenido distinto; se tomó el primero',
  ssn_left_out:
    'se dejó fuera su número de seguridad social: solo recepción o quien custodia la clave puede incorporarlo',
  insurance_left_out:
    'su número de seguro no se incorporó: solo recepción o un custodio de llaves puede incorporarlo',
  synthea_transactions:
    'los pagos entre aseguradoras y proveedores no forman parte de una historia: esta tabla se omite',
  archive_in_archive: 'este archivo comprimido no se puede abrir; descomprímalo y elija la carpeta',
  archive_unreadable: 'el archivo comprimido no se puede abrir',
  archive_entry_unreadable: 'este archivo no se puede descomprimir',
  file_unreadable: 'el archivo no se puede abrir',
  file_unreadable_to_end: 'el archivo no se puede leer hasta el final',
  file_too_large: 'el archivo supera 1 GiB; divídalo',
  line_too_long: 'una línea supera 64 MiB',
  file_not_text: 'el archivo no es texto UTF-8',
  text_not_json: 'no es JSON (línea {line}, columna {column})',
  text_ends_early: 'el texto termina antes de tiempo (línea {line}, columna {column})',
  text_wrong_kind: 'un elemento tiene un tipo de valor equivocado (línea {line}, columna {column})',
  text_unreadable: 'el texto no se puede leer (línea {line}, columna {column})',
  element_missing: 'falta {element}',
  code_or_text_missing: 'falta su código o su texto',
  element_not_allowed: '{element} tiene un valor que FHIR R4 no permite',
  resource_type_missing: 'falta resourceType: no es un recurso FHIR',
  resource_id_missing: 'no tiene id, así que no se reconocería si volviera a venir',
  nested_too_deeply: 'está anidado a demasiada profundidad',

  too_many_table_profiles:
    'Se recuerdan tantos tipos de tablas que no cabe otro. Olvide uno que ya no llegue.',
  table_not_text:
    'esto no es una tabla de texto: puede ser un libro de cálculo o un archivo comprimido; guárdelo como CSV o descomprímalo',
  table_empty: 'la tabla no tiene ninguna fila de datos',
  table_name_column: 'ninguna columna se toma como nombre o apellido; diga cuál lo es',
  table_field_twice: 'esta columna se toma para el mismo campo que otra; elija una de las dos',
  table_column_absent: 'la tabla no tiene una columna con este nombre; elija otro nombre u otro dialecto',
  table_name_order:
    '{count} nombres de esta columna no tienen coma entre apellido y nombre; diga cómo están escritos',
  table_date_order:
    'las fechas de esta columna se pueden leer en más de un orden ({day_first} con el día primero, {month_first} con el mes primero, {year_first} con el año primero); diga cuál',
  table_undecided: 'antes hay que decidir algo sobre esta tabla; mire sus preguntas',
  table_quote_stray: 'hay una comilla donde no corresponde; quítela, o duplíquela si forma parte del valor',
  table_quote_open: 'una comilla se abre y no se cierra',
  table_values_few: 'la fila tiene {found} valores y la tabla {expected}; diga dónde falta uno',
  table_values_many: 'la fila tiene {found} valores y la tabla {expected}; diga cuál sobra',
  table_other_delimiter: 'esta fila está separada por {delimiter}, a diferencia de las demás, y así se leyó',
  table_header_again: 'esta fila repite los nombres de las columnas',
  table_text_undecodable: 'hay letras de esta fila que no se leen con esta codificación; elija otra',
  table_row_twice: 'la misma fila está antes en el archivo; se toma una vez',
  table_sex_unread: 'Escriba el sexo como femenino, masculino, otro o desconocido.',
  table_sex_two_meanings: 'M puede ser masculino o «mujer» en esta columna; escriba la palabra',

  hl7_no_message: 'esto no es un mensaje HL7: no empieza por MSH',
  hl7_separators: 'faltan los separadores del mensaje (MSH-1 y MSH-2), o uno de ellos significa dos cosas',
  hl7_segment_name:
    'la línea {line} no empieza por el nombre de un segmento; un salto de línea dentro de un texto se escribe \\.br\\',
  hl7_two_messages: 'hay un segundo MSH dentro de este mensaje; haga dos mensajes de él',
  hl7_too_large: 'el mensaje es demasiado grande',
  hl7_too_many_segments: 'el mensaje tiene demasiados segmentos',
  hl7_character_set: 'el mensaje nombra un juego de caracteres que aquí no se conoce (MSH-18)',
  hl7_not_in_character_set: 'el mensaje no está escrito en el juego de caracteres que nombra (MSH-18)',
  hl7_type_missing: 'el mensaje no dice de qué tipo es (MSH-9)',
  hl7_version: 'falta la versión del mensaje (MSH-12), o no es de 2.1 a 2.8',
  hl7_control_id_missing:
    'el mensaje no tiene identificador de control (MSH-10), y no se reconocería si volviera a llegar',
  hl7_control_id_reused: 'quien envía ya usó este identificador de control (MSH-10) para otro mensaje',
  hl7_kind_not_taken:
    'los mensajes del tipo {kind} no se toman aquí; haga a mano lo que pide y descártelo después',
  hl7_patient_missing: 'el mensaje no nombra a ningún paciente (PID)',
  hl7_several_patients: 'el mensaje trata de varios pacientes; haga un mensaje para cada uno',
  hl7_patient_id_missing: 'el paciente no tiene número (PID-3)',
  hl7_patient_id_shared:
    'el paciente no tiene un número válido propio (PID-3): el de un seguro, una cuenta o un garante puede ser de toda una familia, y uno caducado no prueba nada',
  hl7_patient_unnamed: 'el paciente no se conoce aquí, y el mensaje no dice ningún nombre (PID-5)',
  hl7_patient_not_confirmed:
    'un paciente de aquí tiene este número, pero el mensaje no dice ni nombre (PID-5) ni fecha de nacimiento (PID-7) que lo confirme',
  hl7_patient_differs:
    'un paciente de aquí tiene este número, pero otro nombre, otra fecha de nacimiento u otro sexo; compare los dos',
  hl7_numbers_disagree:
    'los números del mensaje son aquí de pacientes distintos; compárelos, y fusiónelos si son la misma persona',
  hl7_number_differs:
    'un paciente de aquí tiene uno de estos números (PID-3), pero otro número de la misma clase y del mismo lugar; compare los dos',
  hl7_field_missing: 'falta {field}',
  hl7_no_date: '{field} no contiene una fecha',
  hl7_merge_number_missing: 'el mensaje no dice qué número desaparece (MRG-1)',
  hl7_merge_survivor_unknown: 'el paciente que debe quedar no se conoce aquí (PID-3)',
  hl7_merge_decided_different:
    'el mensaje quiere fusionar a dos pacientes de los que alguien aquí decidió que son personas distintas',
  hl7_merge_not_possible:
    'el mensaje quiere fusionar a dos pacientes, uno de los cuales ya fue fusionado; mire los dos',
  hl7_merge_not_confirmed:
    'el paciente de aquí que tiene el número que desaparece (MRG-1) se llama de otro modo que en el mensaje (MRG-7, PID-5); compare los dos y fusiónelos a mano',
  hl7_merge_not_permitted:
    'el mensaje quiere fusionar dos pacientes; quien lo trae no puede hacerlo: puede la recepción, enfermería o un médico',
  hl7_visit_unclear: 'el mensaje termina o anula una visita sin decir cuál (PV1-19), y podrían ser varias',
  hl7_repeats_unclear:
    'el mensaje repite algunos de varios resultados de una misma clase y no dice cuáles (OBX-4, OBX-14); compárelos y corrija a mano',
  hl7_older_than_known:
    'el mensaje es más antiguo que lo que aquí se sabe: solo se tomó de él lo que faltaba',
  hl7_number_retired:
    'el número del paciente que da el mensaje (PID-3) ya no es suyo: lo que dice de la persona no se tomó; compárelo y corríjalo a mano',
  hl7_death_taken_back:
    'aquí se dice que el paciente ha fallecido, pero eso se retiró después de que se escribiera: el paciente sigue como vivo; pregunte qué es lo correcto',
  death_recorded_since:
    'aquí se dice que el paciente vive, pero el fallecimiento se anotó después de que se escribiera: el paciente sigue como fallecido; pregunte qué es lo correcto',
  hl7_not_production:
    'el mensaje está marcado como de formación o de depuración (MSH-11), y la interfaz solo toma los de producción',
  hl7_sealed_unknown:
    'la corrección contiene un lugar para un número sellado que el mensaje no tiene; escriba el número, o quite el lugar',
  hl7_outside_frame: 'estos bytes llegaron fuera de un mensaje',
  hl7_cut_off: 'la conexión terminó a mitad de este mensaje',
  no_message_file: 'No hay ningún mensaje HL7 en lo elegido.',
  message_not_waiting: 'Este mensaje ya no espera: alguien lo corrigió o lo descartó.',
  listener_address: 'Escriba las direcciones como 192.168.1.20 o 192.168.1.0/24.',
  listener_certificate: 'No hay un certificado utilizable para la interfaz. Haga uno nuevo.',
  listener_name:
    'Escriba los nombres como están en la red, por ejemplo clinic-1 o clinic.example, o direcciones como 192.168.1.4.',
  listener_practice:
    'La clínica de práctica no recibe nada: lo que envíe un sistema real se perdería. Abra su propia clínica para configurarlo.',
  listener_settings:
    'No se puede leer la configuración de la interfaz. Se intenta de nuevo dentro de medio minuto; si sigue así, avise a quien cuida de este equipo.',
  listener_port: 'Elija un puerto de 1024 a 65535.',
  listener_port_taken: 'El puerto no se puede abrir. Elija otro.',

  dicom_unreadable: 'el archivo no se pudo abrir',
  dicom_too_large: 'el archivo es demasiado grande para el descodificador',
  dicom_too_slow: 'la lectura del archivo tardó demasiado y se detuvo',
  dicom_decoder_failed: 'el descodificador falló con este archivo',
  dicom_no_dicom: 'no es un archivo DICOM',
  dicom_cut_short: 'falta una parte del archivo DICOM',
  dicom_malformed: 'el archivo DICOM no está construido como debe',
  dicom_over_limit: 'el archivo DICOM supera un límite',
  dicom_unidentified: 'el archivo DICOM no dice a qué pertenece',
  dicom_other: 'el archivo DICOM no se puede leer',
  dicom_of_other:
    'su estudio, serie o imagen ya está aquí con otro paciente u otro contenido; este archivo está en cuarentena',

  export_chart_forbidden:
    'Una historia la entrega quien puede ver historias. Elija la tabla de pacientes o HL7 v2, o pídalo a un clínico.',
  export_one_patient:
    'Recepción entrega los datos de un solo paciente, para su tratamiento o porque él lo pide.',
  export_ssn_purpose:
    'Los números de seguridad social no salen con este fin. No los incluya, o elija el fin que de verdad es.',
  export_recipient_missing: 'Diga quién lo recibe.',
  export_purpose_missing: 'Diga con palabras para qué es.',
  export_open_reason: 'Diga por qué este archivo no necesita cifrado, o dele una frase de paso.',
  export_nobody: 'No hay nadie elegido. Elija al menos un paciente.',
  export_research_apart: 'Las tablas para investigación se entregan sin nombres, en un paso propio.',
  export_no_receipt: 'Esta tarea no entregó nada.',
  mapping_header: 'La primera línea debe nombrar las columnas system, code y concept_id.',
  mapping_row: 'La línea {line} no tiene código y número de concepto.',
  document_unreadable: 'Este archivo no se puede leer. ¿Sigue puesto el disco o la memoria?',
  document_too_large:
    'Este archivo ocupa más de {megabytes} MB. Digitalícelo con menos resolución o por partes.',
  document_too_much_work:
    'Leer esta imagen necesita más memoria o tiempo del permitido. Guárdela más pequeña, como JPEG, y añada esa.',
  document_withdrawn_clinical:
    'Este documento se retiró de la historia. Solo quien ve historias clínicas puede abrirlo todavía.',
  document_changed: 'Este archivo ha cambiado desde que se mostró. Elíjalo de nuevo y mírelo.',
  document_too_many_pixels: 'Esta imagen tiene más de 120 millones de píxeles. Redúzcala antes.',
  document_cut_short: 'Este archivo está dañado o no se copió hasta el final. Cópielo de nuevo.',
  document_heic:
    'Es una imagen HEIC de un teléfono. Ponga su cámara en «más compatible» (JPEG) o guarde antes la imagen como JPEG.',
  document_other_kind:
    'Solo se pueden añadir imágenes JPEG y PNG y archivos PDF. Guárdelo antes en uno de esos formatos.',
  document_face_is_picture: 'Una foto del paciente es una imagen JPEG o PNG, no un PDF. Elija otra clase.',
  document_there: 'Este archivo ya está en la historia.',
  document_unknown: 'Este documento no se conoce aquí.',
  document_clinical:
    'Cartas, resultados y otros documentos clínicos son para quienes ven historias. Elija foto, identidad, seguro o consentimiento, o pregunte a enfermería.',
  document_withdrawn: 'Alguien ya retiró este documento de la historia.',
  document_reason: 'Diga en pocas palabras por qué se retira.',
  document_title: 'Escriba el título sin caracteres de control.',
  document_date_in_future: 'La fecha de un documento no puede estar en el futuro.',

  paper_not_made:
    'El documento no se pudo hacer por un fallo del programa. No se imprimió ni se guardó nada.',
  paper_characters_missing:
    'No se pueden imprimir {count} caracteres con los tipos de letra de este equipo. Haga instalar uno que los tenga, o imprima recuadros vacíos en su lugar.',
  printing_absent: 'Este equipo no tiene sistema de impresión (CUPS), o no está en marcha. Guarde como PDF.',
  printer_absent: 'El sistema no conoce ninguna impresora. Haga configurar una o guarde como PDF.',
  printer_unknown: 'El sistema ya no conoce esta impresora. Elija otra o guarde como PDF.',
  print_refused:
    'La cola de la impresora no aceptó el documento. Mire la impresora y vuelva a imprimir, o guarde como PDF.',
  print_timed_out:
    'El sistema de impresión no responde. Puede que ya se haya impreso: mire la impresora antes de imprimir de nuevo, o guárdelo como PDF.',
  zpl_labels_only:
    'A una impresora de etiquetas solo van etiquetas de un rollo. Elija un rollo o imprima como PDF.',
  letter_subject_missing: 'Escriba el asunto de la carta.',
  letter_text_missing: 'Escriba la carta: su texto está vacío.',
  letter_long: 'Esto pasa de {most} caracteres. Acórtelo.',
};
